"""Constant arguments that name something of a connected account, compared with what the account is known to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from treadle.dsl import name_codes, nodes, step_codes
from treadle.dsl.catalogue import Choice, Param
from treadle.dsl.checker.constants import constant_of
from treadle.dsl.checker.walking import bare
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.spans import Span
from treadle.dsl.spelling import suggest
from treadle.dsl.typesystem import TEXT, UNKNOWN, Known, plain

if TYPE_CHECKING:
    from treadle.dsl.checker.inference import Inference

MOST_NAMED = 5  # places that a message lists


def check_choice(
    inference: Inference,
    args: Mapping[str, nodes.Expr],
    param: Param,
    plugin: str,
    connection: str | None,
) -> None:
    """Compare each constant text of the argument, or each key of a map, with the account's values by name or id."""
    value = args[param.name]
    _compare(inference, value, param, plugin, connection, args.get(param.within or ""))


def check_comparison(inference: Inference, field: nodes.Expr, other: nodes.Expr) -> None:
    """Compare constant texts beside a field of a record with the account's values, where the field is one."""
    field = bare(field)
    if not isinstance(field, nodes.Member):
        return
    record = inference.fit.record(plain(inference.tables.types.get(field.of.id, UNKNOWN)))
    plugin, _, short = (record.name or "" if record else "").partition(".")
    spec = inference.file.workspace.catalogue.plugins.get(plugin)
    shape = spec.shapes.get(f"{short}.{field.name.text}") if spec else None
    connections = {each.connection for each in inference.file.uses.values() if each.plugin == plugin}
    if shape is not None and len(connections) == 1:  # of several accounts nobody says whose value it is
        param = Param(name="", type=TEXT, pick=shape.kind)
        _compare(inference, other, param, plugin, connections.pop(), None)


def _compare(
    inference: Inference,
    value: nodes.Expr,
    param: Param,
    plugin: str,
    connection: str | None,
    holder: nodes.Expr | None,
) -> None:
    shown = connection or plugin
    words = list(_words(inference, value))
    if not words:
        return
    account = inference.file.workspace.catalogue.account(plugin, connection)
    if account is None:
        inference.desk.report(step_codes.NOT_CHECKED, value.span, connection=shown)
        return
    choices = account.choices.get(param.pick or "")
    if choices is not None:
        check = _Check(inference, param, shown, choices, holder)
        for each in words:
            check.word(each)


def check_part(inference: Inference, text: str, span: Span, known: Known, *, quoted: bool) -> None:
    """Report a part of data that the account, which knows the parts, does not have."""
    account = inference.file.workspace.catalogue.account(known.plugin, known.connection)
    choices = account.choices.get(known.kind, ()) if account else ()
    here = [each for each in choices if each.within == known.within]
    param = Param(name="", type=TEXT, pick=known.kind)
    check = _Check(inference, param, known.connection or known.plugin, here, None)
    check.word(_Word(text, span, exact=True, quoted=quoted))


def in_account(inference: Inference, word: str) -> bool:
    """Whether an account in use has something of that name."""
    accounts = (
        inference.file.workspace.catalogue.account(each.plugin, each.connection)
        for each in inference.file.uses.values()
    )
    choices = [each for account in accounts if account for kind in account.choices.values() for each in kind]
    return inference.desk.guesses.may(len(choices)) and any(each.name == word for each in choices)


class _Word:
    """One constant name in the text; `quoted` is false for a plain key."""

    def __init__(self, text: str, span: Span, *, exact: bool, quoted: bool = True) -> None:
        self.text, self.span, self.exact, self.quoted = text, span, exact, quoted

    def fixes(self, name: str) -> tuple[Fix, ...]:
        """Writing that name in its place, when it stands here itself."""
        if not self.exact or not (self.quoted or name.isidentifier()):
            return ()
        written = _quoted(name) if self.quoted else name
        return (Fix(f"write {written}", (TextEdit(self.span.start, self.span.end, written),)),)


def _words(inference: Inference, value: nodes.Expr) -> Iterable[_Word]:
    """The names that an argument holds: itself, the items of a list, the keys of a map."""
    value = bare(value)
    match value:
        case nodes.ListExpr(items=items):
            for item in items:
                yield from _words(inference, item)
        case nodes.BraceExpr(entries=entries):
            for entry in entries:
                yield _Word(entry.key.text, entry.key.span, exact=True, quoted=entry.quoted)
        case nodes.Name(text=name) if isinstance(given := _list_of(inference, name), nodes.ListExpr):
            for word in _words(inference, given):
                yield _Word(word.text, value.span, exact=False)
        case _:
            constant = constant_of(value, inference.file)
            if constant is not None and constant.kind == "text":
                yield _Word(str(constant.value), value.span, exact=isinstance(value, nodes.Constant))


def _list_of(inference: Inference, name: str) -> nodes.Expr | None:
    """What a constant of the file is given as."""
    decl = inference.file.lets.get(name)
    return bare(decl.value) if decl else None


class _Check:
    """Compares words with the choices of one kind, those within one holder where the call names it."""

    def __init__(
        self, inference: Inference, param: Param, shown: str, choices: Sequence[Choice], holder: nodes.Expr | None
    ) -> None:
        self._inference = inference
        self._param = param
        self._shown = shown
        self._all = choices
        self._open = holder is None
        found = constant_of(holder, inference.file) if holder is not None else None
        self._holder = str(found.value) if found and any(each.within == found.value for each in choices) else None
        self._here = [each for each in choices if self._holder is None or each.within in (None, self._holder)]

    def word(self, word: _Word) -> None:
        """Report the word when the account has no such value, has it under another name, or in several places."""
        end = next((at for at, sign in enumerate(word.text) if sign in self._param.tail), len(word.text))
        name, tail = word.text[:end], word.text[end:]
        found = [each for each in self._here if name in (each.name, each.id)]
        if not found and name:
            self._missing(word, name, tail)
        elif found and self._open and self._param.within:
            self._several(word, found)

    def _missing(self, word: _Word, name: str, tail: str) -> None:
        kind, report = self._param.pick or "", self._inference.desk.report
        renamed = next((each for each in self._here if name in each.formerly), None)
        if renamed is not None:
            report(
                name_codes.CHOICE_RENAMED,
                word.span,
                fixes=word.fixes(renamed.name + tail),
                connection=self._shown,
                value=_quoted(name),
                now=_quoted(renamed.name),
            )
            return
        near = suggest(name, [each.name for each in self._here])
        report(
            name_codes.UNKNOWN_CHOICE,
            word.span,
            notes=self._notes(name, near),
            fixes=word.fixes(near + tail) if near else (),
            connection=self._shown,
            kind=kind.removesuffix("s").replace("_", " "),
            value=_quoted(word.text) + (f" in {_quoted(self._holder)}" if self._holder else ""),
        )

    def _notes(self, name: str, near: str | None) -> tuple[str, ...]:
        elsewhere = _places(each for each in self._all if each.name == name)
        if elsewhere:
            return (f"it is in {elsewhere}",)
        return (f"did you mean {_quoted(near)}?",) if near else ()

    def _several(self, word: _Word, found: list[Choice]) -> None:
        if any(each.id == word.text for each in found) or len({each.within for each in found}) < 2:
            return
        kind = (self._param.pick or "").removesuffix("s").replace("_", " ")
        self._inference.desk.report(
            name_codes.CHOICE_IN_SEVERAL,
            word.span,
            kind=kind,
            value=_quoted(word.text),
            places=_places(found),
            within=self._param.within,
        )


def _places(choices: Iterable[Choice]) -> str:
    names = [_quoted(name) for name in dict.fromkeys(each.within for each in choices) if name is not None]
    more = len(names) - MOST_NAMED
    shown = [*names[:MOST_NAMED], f"{more} more"] if more > 0 else names
    return " and ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{").replace("\n", "\\n")
    return f'"{escaped}"'
