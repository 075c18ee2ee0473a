"""Calls that are recorded and not sent, answered with stand-ins of the declared types: `rehearse` and `treadle run`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from treadle.dsl import values
from treadle.dsl.catalogue import ActionSpec, Catalogue
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.typesystem import JSON, ListOf, plain
from treadle.dsl.values import Value
from treadle.runtime.call import Absent, Done, Prepared, Troubled
from treadle.runtime.lease import Lease
from treadle.runtime.machine.retries import Policy
from treadle.runtime.standin import stand_in


class Recorder:
    """Takes calls, sends none."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Prepared:
        """Nothing is looked for, so a file can be tried before its connections are made."""
        spec = self._catalogue.plugins[node.plugin]
        action = spec.actions[node.action]
        records = {f"{spec.name}.{name}": record for name, record in spec.records.items()}
        answer = _given_back(action, args)
        if answer is None:
            answer = stand_in(action.returns, records, node.name or node.action)
        return _Recorded(
            input=values.encode(args),
            policy=Policy(effect=node.effect, reads=action.reads),
            messages=action.messages,
            answer=values.encode(answer) if action.returns else None,
        )

    def prepare_ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Prepared:
        """As if the model had answered."""
        named = node.name or agent.name
        answer = f"<{named}>" if node.returns is None else stand_in(node.returns, {}, named)
        policy = Policy(effect="idempotent", reads=True, timeout=node.timeout)
        return _Recorded(input=values.encode(args), policy=policy, answer=values.encode(answer))

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """As if it had gone well."""
        assert isinstance(call, _Recorded), "prepared by this recorder"
        return Done(call.answer, None, ())

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Nothing is ever in doubt here."""
        return Absent()


def _given_back(action: ActionSpec, args: Mapping[str, Value]) -> Value:
    """The first item of the one list of json that a call which gives any json takes: it may be one of them."""
    lists = [args.get(param.name) for param in action.params if plain(param.type) == ListOf(JSON)]
    match lists:
        case [[first, *_]] if action.returns is not None and plain(action.returns) == JSON:
            return first
    return None


class _Recorded(Prepared, frozen=True, kw_only=True):
    answer: bytes | None = None
