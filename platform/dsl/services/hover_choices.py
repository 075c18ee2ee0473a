"""What an account knows of a value that a text names: the stage, the user, the field, and what it was called before."""

from __future__ import annotations

from treadle.dsl import nodes
from treadle.dsl.catalogue import Choice, Param
from treadle.dsl.checker.scopes import InUse
from treadle.dsl.services import describing
from treadle.dsl.services.shapes import Hover
from treadle.dsl.services.trees import path_to
from treadle.dsl.services.views import View


def hover_choice(view: View, offset: int) -> Hover | None:
    """What is known of the text at an offset; None when it is no value of an account."""
    checked = view.declaration(offset)
    path = path_to(checked.decl, offset) if checked is not None else []
    text = path[-1] if path else None
    if not isinstance(text, nodes.Constant) or text.kind != "text":
        return None
    argument = next((node for node in reversed(path) if isinstance(node, nodes.Argument)), None)
    found = _parameter(view, path, argument.name.text) if argument is not None and argument.name is not None else None
    if found is None:
        return None
    use, param = found
    account = view.project.catalogue.account(use.plugin, use.connection)
    choices = account.choices.get(param.pick or "", ()) if account is not None else ()
    same = [each for each in choices if text.value in (each.name, each.id)]
    said = "\n".join(_line(each, param) for each in same)
    return Hover(text.span, said) if said else None


def _parameter(view: View, path: list[nodes.Node], name: str) -> tuple[InUse, Param] | None:
    """The parameter of the innermost call around the text that is given by name."""
    for node in reversed(path):
        match node:
            case nodes.CallExpr(of=nodes.Member(of=nodes.Name(text=alias), name=nodes.Ident(text=called))):
                return _of_plugin(view, alias, called, name)
            case nodes.TestExpect(tool=nodes.ToolRef() as tool) | nodes.TestMock(tool=nodes.ToolRef() as tool):
                return _of_plugin(view, tool.alias.text, tool.action.text, name)
            case nodes.Heard(alias=nodes.Ident(text=alias), trigger=trigger):
                return _of_plugin(view, alias, trigger.text, name)
    return None


def _of_plugin(view: View, alias: str, called: str, name: str) -> tuple[InUse, Param] | None:
    use = view.scope.uses.get(alias)
    if use is None or use.spec is None:
        return None
    spec = use.spec.actions.get(called) or use.spec.triggers.get(called)
    param = next((each for each in spec.params if each.name == name), None) if spec is not None else None
    return (use, param) if param is not None and param.pick is not None else None


def _line(choice: Choice, param: Param) -> str:
    kind = (param.pick or "").replace("_", " ").removesuffix("s")
    within = f" in {choice.within}" if choice.within else ""
    before = f" Formerly {', '.join(choice.formerly)}." if choice.formerly else ""
    return describing.block(f'"{choice.name}"', f"A {kind}{within} of the account, id {choice.id}.{before}")
