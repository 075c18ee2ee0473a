"""What a name is, as Markdown: its signature in a block of code, then its text. Read by hovers and completion."""

from __future__ import annotations

from collections.abc import Iterable

from treadle.dsl import nodes
from treadle.dsl.builtins import Builtin, table
from treadle.dsl.catalogue import ActionSpec, Param, TriggerSpec
from treadle.dsl.checker import FileScope
from treadle.dsl.checker.scopes import CLOCK
from treadle.dsl.typesystem import DATE, DATETIME, Field, Record, Type, show

_EFFECTS = {
    "idempotent": "May be repeated: the same call twice has one effect.",
    "checkable": "Before it is repeated, Treadle looks whether it has happened.",
    "blind": "Never repeated unless surely nothing was sent.",
}
_MOST_FIELDS = 30


def block(code: str, *texts: str) -> str:
    """Code, and paragraphs below it; empty ones are left out."""
    return "\n\n".join((f"```treadle\n{code}\n```", *(each for each in texts if each)))


def named(name: str, type: Type) -> str:
    """`name: type`."""
    return f"{name}: {show(type)}"


def parameter(param: Param) -> str:
    """A parameter as signatures show it; one that may be left out has a `?`, with its type or without."""
    shown = show(param.type)
    return f"{param.name}: {shown}{'' if param.required or shown.endswith('?') else '?'}"


def signature(name: str, params: Iterable[str], returns: Type | None) -> str:
    """A callable in one line."""
    return f"{name}({', '.join(params)})" + (f" -> {show(returns)}" if returns is not None else "")


def action(alias: str, spec: ActionSpec) -> str:
    """An action."""
    code = signature(f"{alias}.{spec.name}", map(parameter, spec.params), spec.returns)
    kind = "Only looks." if spec.reads else _EFFECTS[spec.effect]
    reach = "Reaches a person." if spec.messages else ""
    return block(code, spec.doc, " ".join(filter(None, (kind, reach))), parameters(spec.params))


def parameters(params: Iterable[Param]) -> str:
    """A list of the parameters that have a text."""
    return "\n".join(f"- `{each.name}`: {each.doc}" for each in params if each.doc)


def trigger(alias: str, spec: TriggerSpec) -> str:
    """A trigger."""
    args = f"({', '.join(map(parameter, spec.params))})" if spec.params else ""
    return block(f"when {alias}.{spec.name}{args} as {show(spec.payload)}", spec.doc, parameters(spec.params))


def argument(param: Param) -> str:
    """One argument of an action or a trigger."""
    picks = f"One of the account's {param.pick.replace('_', ' ')}." if param.pick else ""
    return block(parameter(param), param.doc, picks)


def field(field: Field) -> str:
    """A field of a record."""
    late = "" if field.carried else "Not in what is delivered; read once when a rule needs it."
    return block(named(field.name, field.type), field.doc, late)


def record(name: str, found: Record) -> str:
    """A type with its fields."""
    shown = [f"  {named(each.name, each.type)}" for each in found.fields[:_MOST_FIELDS]]
    more = ["  ..."] if len(found.fields) > _MOST_FIELDS else []
    return block("\n".join([name, *shown, *more]))


def builtin(found: Builtin) -> str:
    """A function of the language."""
    examples = "\n".join(f"- `{each.call}` gives `{each.gives}`" for each in found.examples[:3])
    return block("\n".join(found.signatures()), found.doc, examples)


def of_language(name: str) -> str:
    """A function of the language, or the clock."""
    if name in CLOCK:
        return block(named(name, DATE if name == "today" else DATETIME), f"{CLOCK[name].capitalize()}.")
    return builtin(table()[name]) if name in table() else ""


def declaration(scope: FileScope, decl: nodes.Decl) -> str:
    """A declaration: the lines that say what it is, and the comment right above it."""
    text = scope.module.text
    return block(head(text, decl), comment_above(text, decl.span.start))


def head(text: str, decl: nodes.Decl) -> str:
    """As much of a declaration as others need to see: all of a short one, else its first line."""
    written = text[decl.span.start : decl.span.end]
    match decl:
        case nodes.Let() | nodes.FunctionDecl() | nodes.EventDecl() | nodes.Use() | nodes.LimitDecl():
            lines = written.split("\n")
            return "\n".join(each.rstrip("\r") for each in lines[:12])
        case _:
            return written.partition("\n")[0].rstrip("\r")


def comment_above(text: str, start: int) -> str:
    """The comment that stands right above a line, as one paragraph."""
    lines = text[:start].split("\n")[:-1]
    found: list[str] = []
    while lines and lines[-1].startswith("#"):
        found.append(lines.pop().lstrip("#").strip())
    return " ".join(reversed(found))
