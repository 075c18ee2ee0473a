"""What holds for every operation on every file, also on broken ones."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.dsl.catalogue import CATALOGUE
from tests.dsl.editing.generating import TEXTS, WHOLE, operations
from tests.dsl.editing.reading import FILE

from treadle.dsl.checker.walking import blocks_of, steps_in
from treadle.dsl.editing import Edited, Refused, applied, apply, apply_in
from treadle.dsl.editing import operations as ops
from treadle.dsl.formatter.proof import shape
from treadle.dsl.nodes import BrokenStep, RuleDecl, SequenceDecl
from treadle.dsl.parser import parse
from treadle.dsl.parser.blocks import cut
from treadle.dsl.project import Project

_GAP = re.compile(r"\ufeff?(?:[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))*")
_LOSING = (
    ops.RemoveStep | ops.UnwrapStep | ops.RemoveBranch | ops.RemoveClause | ops.RemoveRow | ops.RemoveDeclaration
    | ops.ReplaceDeclaration | ops.SetComment | ops.SetArgument | ops.SetLine | ops.SetClause | ops.SetOff
    | ops.SetCell | ops.RemoveColumn | ops.RemoveMember | ops.SetMember
)  # fmt: skip
_KEEPING = ops.RemoveStep | ops.UnwrapStep | ops.RemoveBranch | ops.RemoveClause | ops.MoveStep | ops.SetComment
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def test_the_blocks_and_what_lies_between_give_the_file() -> None:
    for text in WHOLE:
        _assert_whole(text)


@given(st.one_of(TEXTS, st.text(alphabet='ab ={}()"#\n\r\t\ufeff|')))
@settings(max_examples=150, deadline=None)
def test_they_do_for_any_text(text: str) -> None:
    _assert_whole(text)


def _assert_whole(text: str) -> None:
    parts, at = [], 0
    for block, decl in zip(cut(text), parse(text).module.decls, strict=True):
        assert _GAP.fullmatch(text, at, block.start)
        assert block.start <= decl.span.start <= decl.span.end <= block.end
        parts += [text[at : block.start], text[block.start : block.end]]
        at = block.end
    assert _GAP.fullmatch(text, at)
    assert "".join([*parts, text[at:]]) == text


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=_SLOW)
def test_an_operation_is_done_as_said_or_refused(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    operation = data.draw(operations(text))
    if operation is None:
        return
    project = Project(CATALOGUE, {FILE: text})
    done = apply_in(project, FILE, operation)
    event(f"{type(operation).__name__} {type(done).__name__}")
    if isinstance(done, Refused):
        assert project.sources[FILE] == text
        assert done.diagnostic.code.startswith("E8")
        return
    assert project.sources[FILE] == done.text
    assert applied(text, done.edits) == done.text
    assert applied(done.text, done.inverse) == text
    assert all(one.end <= other.start for one, other in pairwise(done.edits))
    assert not _faults(done.text) - _faults(text)
    if not isinstance(operation, _LOSING):
        assert not _comments(text) - _comments(done.text)
    gone, new = _steps(text) - _steps(done.text), _steps(done.text) - _steps(text)
    assert not gone or isinstance(operation, _LOSING | ops.SetLabel | ops.Rename)
    assert not new or not isinstance(operation, _KEEPING)
    if isinstance(operation, ops.SetComment):
        assert shape(parse(text).module.decls) == shape(parse(done.text).module.decls)


def _steps(text: str) -> Counter[object]:
    """The steps without others in them, by what they say."""
    bodies = [decl.body for decl in parse(text).module.decls if isinstance(decl, RuleDecl | SequenceDecl)]
    flat = [step for body in bodies for step in steps_in(body)]
    return Counter(shape(step) for step in flat if not any(blocks_of(step)) and not isinstance(step, BrokenStep))


def _faults(text: str) -> Counter[str]:
    return Counter(each.code for each in parse(text).diagnostics)


def _comments(text: str) -> Counter[str]:
    return Counter(re.findall(r"^[ \t]*(#.*?)[ \t\r]*$", text, re.MULTILINE))


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=_SLOW)
def test_the_form_of_a_file_stays(data: st.DataObject) -> None:
    text = data.draw(TEXTS).replace("\r\n", "\n").replace("\r", "").rstrip("\n") + "\n"
    operation = data.draw(operations(text))
    if operation is None or "\n" not in text[:-1] or text.startswith("\ufeff"):
        return
    plain = apply(text, FILE, operation, CATALOGUE)
    marked = apply("\ufeff" + text, FILE, operation, CATALOGUE)
    windows = apply(text.replace("\n", "\r\n"), FILE, operation, CATALOGUE)
    ended = apply(text.rstrip("\n"), FILE, operation, CATALOGUE)
    if isinstance(plain, Refused):
        assert isinstance(marked, Refused)
        assert isinstance(windows, Refused)
        return
    assert isinstance(marked, Edited)
    assert isinstance(windows, Edited)
    assert isinstance(ended, Edited)
    assert marked.text == "\ufeff" + plain.text
    assert windows.text == plain.text.replace("\n", "\r\n")
    assert ended.text.rstrip("\n") == plain.text.rstrip("\n")
    assert not ended.text.endswith("\n")
