"""Lines under events, agents, calendars and tests. One method for each rule of the grammar, named like it."""

from __future__ import annotations

from typing import Any, Literal

from treadle.dsl.declaration_codes import NO_SUCH_DATE, NO_SUCH_DAY
from treadle.dsl.nodes import (
    AgentApprove,
    AgentBudget,
    AgentInstructions,
    AgentMemory,
    AgentModel,
    AgentReturns,
    AgentTools,
    AgentTurns,
    BrokenLine,
    BudgetPart,
    CalendarDay,
    Constant,
    Expr,
    Name,
    Node,
    ParamDecl,
    TestAfter,
    TestAt,
    TestExpect,
    TestGiven,
    TestMock,
    ToolRef,
)
from treadle.dsl.parser import literals
from treadle.dsl.parser.build_expressions import Children
from treadle.dsl.parser.build_parts import PartBuilder, behind, part
from treadle.dsl.parser.building import Child, Listed
from treadle.dsl.spelling import did_you_mean

_PERIODS = ("day", "week", "month")


class Outcome(Node, frozen=True, kw_only=True):
    """`returns VALUE`, `fails "code"`, `unknown`, on its way into a `TestMock`."""

    outcome: Literal["returns", "fails", "unknown"]
    value: Expr | None = None
    fails: Constant | None = None


class MemberBuilder(PartBuilder):
    """Rules of such lines."""

    # --- events and calendars

    def event_field(self, children: Children) -> ParamDecl:
        return self.make(ParamDecl, children, name=self.ident(children[0]), type=children[2])

    def calendar_day(self, children: Children) -> CalendarDay | BrokenLine:
        if str(children[0]) == "every":
            return self._yearly(children)
        first, *rest = [self._date(child) for child in children[::2]]
        if first is None or None in rest:
            return self.make(BrokenLine, children)
        return self.make(CalendarDay, children, first=first, last=rest[0] if rest else None)

    def _yearly(self, children: Children) -> CalendarDay | BrokenLine:
        number, word = str(children[1]), str(children[2])
        month = literals.month(word)
        if month is None or not literals.is_day(number, month):
            notes = did_you_mean(word, literals.MONTHS) if month is None else ()
            span = self.span(children[1:])
            start, end = span.start - self.reading.offset, span.end - self.reading.offset
            self.reading.report(NO_SUCH_DAY, start, end, notes=notes, source=f"{number} {word}")
            return self.make(BrokenLine, children)
        return self.make(CalendarDay, children, month=month, day=int(number))

    def _date(self, token: Child) -> Constant | None:
        if literals.is_date(str(token)):
            return self.constant("date", [token], str(token))
        self.report(NO_SUCH_DATE, token, source=str(token))
        return None

    # --- agents

    def agent_model(self, children: Children) -> AgentModel:
        names = tuple(self.plain(child) for child in children[2::2])
        return self.make(AgentModel, children, alias=self.ident(children[1]), names=names)

    def agent_instructions(self, children: Children) -> AgentInstructions:
        return self.make(AgentInstructions, children, text=children[1])

    def agent_tools(self, children: Children) -> AgentTools:
        return self.make(AgentTools, children, tools=tuple(children[1::2]))

    def tool(self, children: Children) -> ToolRef:
        alias, action = self.ident(children[0]), self.ident(children[2])
        return self.make(ToolRef, [alias, action], alias=alias, action=action)

    def agent_returns(self, children: Children) -> AgentReturns:
        return self.make(AgentReturns, children, type=children[1])

    def agent_budget(self, children: Children) -> AgentBudget:
        return self.make(AgentBudget, children, parts=tuple(children[1::2]))

    def budget_part(self, children: Children) -> BudgetPart:
        amount, _, key = children
        word = key.text if isinstance(key, Name) else key
        if word == "run" or word in _PERIODS:
            return self.make(BudgetPart, children, amount=amount, period=str(word))
        return self.make(BudgetPart, children, amount=amount, period=None, key=key)

    def agent_turns(self, children: Children) -> AgentTurns:
        return self.make(AgentTurns, children, count=children[1])

    def agent_memory(self, children: Children) -> AgentMemory:
        return self.make(AgentMemory, children, key=children[2], turns=children[4])

    def agent_approve(self, children: Children) -> AgentApprove:
        return self.make(AgentApprove, children, tool=children[1], by=self.plain(children[3]))

    # --- tests

    def test_at(self, children: Children) -> TestAt:
        day, time = self._date(children[1]), self.clock(children[2])
        moment = f"{day.value if day else '2026-01-05'}T{time.value}"
        written = self.constant("datetime", children[1:3], moment)
        return self.make(TestAt, children, moment=written, zone=part(children, "zone"))

    def test_after(self, children: Children) -> TestAfter:
        return self.make(TestAfter, children, duration=children[1])

    def test_given(self, children: Children) -> TestGiven:
        return self.make(TestGiven, children, heard=children[1], data=_third(children))

    def given_webhook(self, children: Children) -> TestGiven:
        path, data = self.plain(children[2]), children[3] if len(children) == 4 else None
        return self.make(TestGiven, children, heard=None, webhook=path, data=data)

    def given_by_hand(self, children: Children) -> TestGiven:
        rule, data = self.plain(children[3]), children[4] if len(children) == 5 else None
        return self.make(TestGiven, children, heard=None, by_hand=rule, data=data)

    def test_mock(self, children: Children) -> TestMock:
        fields = self._mocked(children[1:-1])
        done = children[-1]
        return self.make(TestMock, children, **fields, outcome=done.outcome, value=done.value, fails=done.fails)

    def _mocked(self, target: Children) -> dict[str, Any]:
        if str(target[0]) == "ask":
            return {"agent": self.ident(target[1])}
        if str(target[0]) == "approve":
            return {"approval": True, "question": self.plain(target[1]) if len(target) == 2 else None}
        return {"tool": target[0], "args": _args(target)}

    def outcome(self, children: Children) -> Outcome:
        word = str(children[0])
        fails = self.plain(children[1]) if word == "fails" else None
        return self.make(Outcome, children, outcome=word, value=behind(children, "returns"), fails=fails)

    def test_expect(self, children: Children) -> TestExpect:
        found = children[1]
        fields: dict[str, Any]
        if isinstance(found, ToolRef):
            fields = {"what": "action", "tool": found, "args": _args(children)}
        elif found == "start":
            fields = {"what": "start", "sequence": self.plain(children[2]), "args": _args(children)}
        elif found == "emit":
            data = children[3] if len(children) == 4 else None
            fields = {"what": "emit", "event": self.ident(children[2]), "data": data}
        elif found == "nothing":
            fields = {"what": "nothing more" if len(children) == 3 else "nothing"}
        else:
            fields = {"what": str(found), "text": children[2]}
        return self.make(TestExpect, children, **fields)


def _third(children: Children) -> Any:
    return children[2] if len(children) == 3 else None


def _args(children: Children) -> tuple[Any, ...]:
    return children[-1].items if isinstance(children[-1], Listed) else ()
