"""The commit of transitions that others have to hear of, or that wait for more than time: some statements, one commit.

First the lines of the keys, then the rows of the runs are locked, each in one order; from then on every statement sees
all that came before. What is left when all of that is written is the plain commit, whose statement comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.ports import End, Go, Transition
from treadle.runtime.queries import query
from treadle.runtime.records import cancelled_by
from treadle.runtime.store.accepting import Accepting, Batch
from treadle.runtime.store.listening import LookingBack, announced
from treadle.runtime.store.parameters import TURN, json_array, json_ids, json_rows, line_of
from treadle.runtime.store.rows import RunIdRow, start_row, step_row, transition_row
from treadle.runtime.store.statements import Ask
from treadle.runtime.store.telling import Told, tell
from treadle.runtime.store.waitrows import approval_rows, forget_rows, listen_rows

COMMIT_MORE = query("commit").replace(b"{more}", query("commit_more"))
_LOCK_LINES, _LOCK_RUNS = query("lock_lines"), query("lock_runs")
_FORGET, _LISTEN, _OPEN, _TIE = query("forget"), query("listen"), query("open_approvals"), query("tie")
_LEAVE, _PASS_ON, _PARENTS = query("leave"), query("pass_on"), query("parents")
_IN_LINES, _OUTPUTS = query("in_lines"), query("write_outputs")

FENCED, PUT_OFF, TOLD = 0, 1, 2
"""What the statement `commit` answers about a run."""


class _Turn(msgspec.Struct, frozen=True):
    line: UUID
    run_id: UUID


class Committing(Accepting):
    """What `Working.commit` needs for transitions that concern others."""

    def _concerns_others(self, transition: Transition) -> bool:
        """Whether the plain commit is not enough. A run that is tied without our knowledge is found out by it."""
        ends = isinstance(transition.then, End)
        waits = transition.listens or transition.approvals or transition.forgets or transition.read
        reaches = transition.emits or transition.cancels or (ends and transition.run_id in self._tied)
        return bool(waits or reaches or (isinstance(transition.then, End) and transition.then.output is not None))

    async def _commit_whole(self, transitions: Sequence[Transition]) -> list[tuple[UUID, int]]:
        looking = LookingBack(transitions)
        if looking.wanted:
            await announced(self._ask, looking)
        return await self._together(lambda ask: self._write_whole(ask, transitions, looking))

    def _remember(self, transitions: Sequence[Transition], fenced: set[UUID]) -> None:
        """Which of the runs that stay in our hands are tied."""
        for each in transitions:
            if each.run_id in fenced or not isinstance(each.then, Go):
                self._tied.discard(each.run_id)
            elif each.listens or each.approvals:
                self._tied.add(each.run_id)

    async def _write_whole(
        self, ask: Ask, transitions: Sequence[Transition], looking: LookingBack
    ) -> list[tuple[UUID, int]]:
        held = await self._lock(ask, transitions)
        ends = [each for each in held if isinstance(each.then, End)]
        told = await self._ends(ask, ends)
        told += await looking.back(ask, {each.run_id for each in held})
        await self._waits(ask, held)
        told += await self._cancels(ask, held)
        emits = [arrival for each in held for arrival in each.emits]
        if emits:
            await self._take_in(ask, [], Batch(emits), told)
        else:
            await tell(ask, told)
        return await ask(COMMIT_MORE, core_parameters(transitions, self.workspace_id, more=True, whole=True))

    async def _lock(self, ask: Ask, transitions: Sequence[Transition]) -> list[Transition]:
        """The transitions whose worker still has the run."""
        ends = [each.run_id for each in transitions if isinstance(each.then, End)]
        lines = [line for each in transitions for line in self._cancelled(each)]
        params = {"ends": json_ids(ends), "lines": json_ids(lines)}
        await ask(_LOCK_LINES, params)
        runs = json_ids(each.run_id for each in transitions)
        epochs: dict[UUID, int] = dict(await ask(_LOCK_RUNS, params | {"runs": runs}))
        return [each for each in transitions if epochs.get(each.run_id) == each.epoch]

    def _cancelled(self, transition: Transition) -> list[UUID]:
        return [line_of(self.workspace_id, TURN, rule, key.decode()) for rule, key in transition.cancels]

    async def _waits(self, ask: Ask, held: Sequence[Transition]) -> None:
        if forgets := forget_rows(held):
            await ask(_FORGET, {"given": json_rows(forgets)})
        if listens := listen_rows(held):
            await ask(_LISTEN, {"given": json_rows(listens)})
        if approvals := approval_rows(held):
            await ask(_OPEN, {"given": json_rows(approvals)})
        if waiting := {each.run_id for each in listens} | {each.run_id for each in approvals}:
            await ask(_TIE, {"runs": json_ids(waiting)})

    async def _cancels(self, ask: Ask, held: Sequence[Transition]) -> list[Told]:
        by_line: dict[UUID, list[UUID]] = {}
        for each in held:
            for line in self._cancelled(each):
                by_line.setdefault(line, []).append(each.run_id)
        if not by_line:
            return []
        return [
            Told(run_id=run_id, kind="end", source=by, fault=cancelled_by(by))
            for line, run_id, _ in await ask(_IN_LINES, {"lines": json_ids(by_line)})
            for by in by_line[line]
        ]

    async def _ends(self, ask: Ask, ends: Sequence[Transition]) -> list[Told]:
        """What the ends of runs leave to others: the next one's turn, and what the parents wait for."""
        over = {each.run_id: each.then for each in ends if isinstance(each.then, End)}
        if not over:
            return []
        outputs = {run_id: end.output for run_id, end in over.items() if end.output is not None}
        if outputs:
            rows = json_rows([RunIdRow(run_id) for run_id in outputs])
            await ask(_OUTPUTS, {"given": rows, "outputs": json_array(outputs.values())})
        params = {"ends": json_ids(over)}
        turns = await ask(_LEAVE, params)
        if turns:
            await ask(_PASS_ON, {"given": json_rows([_Turn(line, next_) for line, next_, _ in turns])})
        told = [Told(run_id=next_, kind="turn", source=gone) for _, next_, gone in turns]
        return told + [
            _returned(run_id, parent, slot, over[run_id])
            for run_id, parent, slot in await ask(_PARENTS, params)
            if parent not in over
        ]


def core_parameters(
    transitions: Sequence[Transition], workspace_id: UUID, *, more: bool, whole: bool
) -> dict[str, Any]:
    """What the statement `commit` takes, with `commit_more` when `more`. `whole`: nobody else has to hear of it."""
    steps = [(transition.run_id, step) for transition in transitions for step in transition.steps]
    plain = {
        "whole": whole,
        "transitions": json_rows([transition_row(transition) for transition in transitions]),
        "states": json_array(transition.state for transition in transitions),
        "outputs": json_array(transition.outcome.output if transition.outcome else None for transition in transitions),
        "steps": json_rows([step_row(run_id, step) for run_id, step in steps]),
        "inputs": json_array(step.input for _, step in steps),
        "step_outputs": json_array(step.output for _, step in steps),
    }
    return plain | _more_parameters(transitions, workspace_id) if more else plain


def _more_parameters(transitions: Sequence[Transition], workspace_id: UUID) -> dict[str, Any]:
    loads = [transition for transition in transitions if transition.loaded is not None]
    starts = [(run, transition.run_id) for transition in transitions for run in transition.starts]
    return {
        "loads": json_rows([RunIdRow(transition.run_id) for transition in loads]),
        "loaded": json_array(transition.loaded for transition in loads),
        "runs": json_rows([start_row(run, run_id, workspace_id) for run, run_id in starts]),
        "run_states": json_array(run.state for run, _ in starts),
    }


def _returned(run_id: UUID, parent: UUID, slot: str, end: End) -> Told:
    fault = end.error if end.status in ("failed", "suppressed") else None
    return Told(run_id=parent, kind="returned", source=run_id, slot=slot, data=end.output, fault=fault)
