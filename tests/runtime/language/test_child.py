"""A language process from within: bounds on time and room, and that nothing which goes wrong ends it."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from uuid import UUID

import msgspec
import pytest

from treadle.runtime.ids import new_id
from treadle.runtime.language import answers, child, frames, shapes
from treadle.runtime.language.child import Child
from treadle.runtime.language.messages import Answer, Declined, Event, News, Order

NEWS = News(anew=True, plugins=b"{}", accounts=b"{}", zone="UTC", versions=(), files={"a.rule": "let a = 1\n"})
ENDLESS = """rule "Tick"
  when every 1 min
  do
    log "tick"

test "long"
  after 300 days
  expect nothing
"""


@pytest.fixture(autouse=True)
def timer() -> Iterator[None]:
    before = signal.getsignal(signal.SIGPROF)
    yield
    signal.signal(signal.SIGPROF, before)


def ask(process: Child, verb: str, asked: msgspec.Struct, workspace: UUID, news: News | None = NEWS) -> Answer:
    order = Order(workspace=workspace, base="b", verb=verb, body=msgspec.msgpack.encode(asked), news=news)
    return msgspec.msgpack.decode(process.answer(msgspec.msgpack.encode(order)), type=Answer)


CHECK = shapes.ToCheck(file="b.rule", text="let b = 2\n")


def test_what_takes_too_long_is_stopped_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    process, workspace = Child(), new_id()
    assert ask(process, "check", CHECK, workspace).outcome == "done"
    monkeypatch.setattr(child, "SECONDS", 0.2)
    stopped = ask(process, "test", shapes.ToTest(file="b.rule", text=ENDLESS), workspace, None)
    assert (stopped.outcome, stopped.held) == ("too_much", ())
    assert ask(process, "check", CHECK, workspace).outcome == "done"


def test_what_needs_too_much_room_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        raise MemoryError

    process, workspace = Child(), new_id()
    monkeypatch.setitem(answers.VERBS, "check", answers.Verb(shapes.ToCheck, greedy))
    assert ask(process, "check", CHECK, workspace).outcome == "too_much"


def test_a_fault_of_ours_is_told_without_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object, asked: shapes.ToCheck) -> None:
        raise KeyError(asked.text)

    process = Child()
    monkeypatch.setitem(answers.VERBS, "check", answers.Verb(shapes.ToCheck, broken))
    failed = ask(process, "check", CHECK, new_id())
    assert failed.outcome == "failed"
    assert failed.body.startswith(b"KeyError (test_child.py:")
    assert b"let b" not in failed.body


def test_workspaces_that_were_not_asked_about_for_longest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    process, ours = Child(), [new_id() for _ in range(3)]
    monkeypatch.setattr(child, "ROOM", 1 << 40)  # the process of the tests may be larger than one of the language
    for workspace in ours:
        assert ask(process, "check", CHECK, workspace).held[-1] == workspace
    monkeypatch.setattr(child, "ROOM", 1)
    answer = ask(process, "check", CHECK, ours[0], None)
    assert answer.held == (ours[0],)
    assert not answer.tired
    monkeypatch.setattr(child, "OFTEN", 1)
    assert ask(process, "check", CHECK, ours[0], None).tired


def test_a_workspace_that_is_not_known_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Child()
    assert ask(process, "check", CHECK, new_id(), None).outcome == "failed"
    assert ask(process, "check", CHECK, new_id()).outcome == "done"


def test_what_has_no_answer_says_why() -> None:
    declined = ask(Child(), "explain", Event("b.rule", "", "acme.nothing", b"{}"), new_id())
    assert declined.outcome == "declined"
    assert msgspec.json.decode(declined.body, type=Declined).code == "event_invalid"


@pytest.mark.parametrize("data", [b"\0\0", b"\0\0\0\5abc", b"\xff\xff\xff\xff"])
def test_half_a_frame_is_no_message(data: bytes) -> None:
    with pytest.raises(frames.Garbled):
        frames.read(io.BytesIO(data))


def test_frames_come_back() -> None:
    pipe = io.BytesIO(frames.framed(b"one") + frames.framed(b""))
    assert [frames.read(pipe) for _ in range(3)] == [b"one", b"", None]
