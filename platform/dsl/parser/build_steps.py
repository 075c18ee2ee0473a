"""Steps, without their labels and the lines under them. One method for each rule of the grammar, named like it."""

from __future__ import annotations

from typing import Any

from treadle.dsl.nodes import (
    ApproveStep,
    AskStep,
    AssignStep,
    BraceExpr,
    BrokenStep,
    CallExpr,
    CallStep,
    CancelStep,
    Case,
    EmitStep,
    Expr,
    ForEachStep,
    Ident,
    IfArm,
    MatchStep,
    Name,
    Node,
    Retry,
    ReturnStep,
    RunStep,
    StartStep,
    StopStep,
    TextStep,
    TogetherStep,
    TryStep,
    WaitForStep,
    WaitStep,
    WaitUntilStep,
)
from treadle.dsl.parser import habits, words
from treadle.dsl.parser.build_expressions import Children
from treadle.dsl.parser.build_parts import PartBuilder, behind, part
from treadle.dsl.parser.building import Listed, nodes_of
from treadle.dsl.spelling import did_you_mean
from treadle.dsl.syntax_codes import MODIFIER, NO_EFFECT, UNKNOWN_STEP


class Timeout(Node, frozen=True, kw_only=True):
    """`timeout D`, on its way into a `CallStep`."""

    value: Expr


class Branch(Node, frozen=True, kw_only=True):
    """A lone `else`, `on timeout` or `on error [as name]`, on its way into the step that it belongs to."""

    name: Ident | None = None


class StepBuilder(PartBuilder):
    """Rules of steps."""

    def if_line(self, children: Children) -> IfArm:
        return self.make(IfArm, children, test=children[-1], body=())

    else_if_line = if_line

    def else_line(self, children: Children) -> Branch:
        return self.make(Branch, children)

    def match_line(self, children: Children) -> MatchStep:
        return self.make(MatchStep, children, subject=children[1], cases=(), otherwise=None)

    def case(self, children: Children) -> Case:
        return self.make(Case, children, values=nodes_of(children), body=())

    def for_line(self, children: Children) -> ForEachStep:
        name, at_once = self.ident(children[2], binds=True), behind(children, "to")
        return self.make(ForEachStep, children, name=name, items=children[4], at_once=at_once, body=())

    def together_line(self, children: Children) -> TogetherStep:
        return self.make(TogetherStep, children, body=())

    def try_line(self, children: Children) -> TryStep:
        return self.make(TryStep, children, body=())

    def otherwise(self, children: Children) -> Branch:
        return self.make(Branch, children)

    on_timeout = otherwise

    def on_error(self, children: Children) -> Branch:
        word = behind(children, "as")
        return self.make(Branch, children, name=self.ident(word, binds=True) if word is not None else None)

    def result(self, children: Children) -> Ident:
        return self.ident(children[0], binds=True)

    def wait_until_line(self, children: Children) -> WaitUntilStep:
        return self.make(WaitUntilStep, children, moment=children[2])

    def wait_for_line(self, children: Children) -> WaitForStep:
        word, test = behind(children, "as"), behind(children, "where")
        name = self.ident(word, binds=True) if word is not None else None
        up_to = part(children, "up to")
        return self.make(WaitForStep, children, heard=children[2], name=name, test=test, up_to=up_to)

    def approve_line(self, children: Children) -> ApproveStep:
        question, by, up_to = behind(children, "approve"), behind(children, "by"), part(children, "up to")
        return self.make(ApproveStep, children, question=question, by=by, name=_result(children), up_to=up_to)

    def return_line(self, children: Children) -> ReturnStep:
        return self.make(ReturnStep, children, value=children[1])

    def run_line(self, children: Children) -> RunStep:
        sequence = self.plain(behind(children, "run"))
        args = children[-1].items if isinstance(children[-1], Listed) else ()
        return self.make(RunStep, children, sequence=sequence, args=args, name=_result(children))

    def cancel_line(self, children: Children) -> CancelStep:
        return self.make(CancelStep, children, sequence=self.plain(children[1]), key=children[3])

    def ask_line(self, children: Children) -> AskStep:
        name, (_, agent, text, *_) = _result(children), children[children[0] != "ask" :]
        returns, timeout = behind(children, "returns"), behind(children, "timeout")
        return self.make(
            AskStep, children, agent=self.ident(agent), text=text, name=name, returns=returns, timeout=timeout
        )

    def emit_line(self, children: Children) -> EmitStep:
        data = children[2] if len(children) == 3 else None
        return self.make(EmitStep, children, event=self.ident(children[1]), data=data)

    def record(self, children: Children) -> BraceExpr:
        return self.braces(children)

    def wait_line(self, children: Children) -> WaitStep:
        return self.make(WaitStep, children, duration=children[1])

    def text_line(self, children: Children) -> TextStep:
        return self.make(TextStep, children, verb=str(children[0]), text=children[1])

    def stop_line(self, children: Children) -> StopStep:
        return self.make(StopStep, children)

    def start_line(self, children: Children) -> StartStep:
        args = children[2].items if len(children) == 3 else ()
        return self.make(StartStep, children, sequence=self.plain(children[1]), args=args)

    def assign_line(self, children: Children) -> CallStep | AssignStep:
        name, value, *modifiers = children
        if isinstance(value, CallExpr):
            return self._call(children, value, name, modifiers)
        for modifier in modifiers:
            self.report(MODIFIER, modifier, modifier=_word(modifier), reason="stands only behind the call of an action")
        return self.make(AssignStep, children, name=name, value=value)

    def call_line(self, children: Children) -> CallStep | BrokenStep:
        value, *modifiers = children
        if isinstance(value, Name) and value.text in habits.STEPS:
            self.report(UNKNOWN_STEP, value, notes=(habits.STEPS[value.text],), word=value.text)
            return self.make(BrokenStep, children)
        if not isinstance(value, CallExpr):
            notes = did_you_mean(value.text, words.STEPS) if isinstance(value, Name) else ()
            self.report(NO_EFFECT, value, notes=notes)
            return self.make(BrokenStep, children)
        return self._call(children, value, None, modifiers)

    def timeout(self, children: Children) -> Timeout:
        return self.make(Timeout, children, value=children[1])

    def retry(self, children: Children) -> Retry:
        written = str(children[1])
        if not written.isdigit() or not 1 <= len(written) <= 3:
            self.report(MODIFIER, children[1], modifier="retry", reason="takes a whole number of times, at most 999")
            written = "1"
        return self.make(Retry, children, times=int(written), over=children[4])

    def no_retry(self, children: Children) -> Retry:
        return self.make(Retry, children, times=1, over=None)

    def _call(self, children: Children, call: CallExpr, name: Ident | None, modifiers: Children) -> CallStep:
        found: dict[str, Any] = {}
        for modifier in modifiers:
            word = _word(modifier)
            if word in found:
                self.report(MODIFIER, modifier, modifier=word, reason="stands here twice")
            found.setdefault(word, modifier)
        timeout = found["timeout"].value if "timeout" in found else None
        return self.make(CallStep, children, call=call, name=name, timeout=timeout, retry=found.get("retry"))


def _word(modifier: Node) -> str:
    return "timeout" if isinstance(modifier, Timeout) else "retry"


def _result(children: Children) -> Ident | None:
    """The name that the step gives to its result."""
    return children[0] if isinstance(children[0], Ident) else None
