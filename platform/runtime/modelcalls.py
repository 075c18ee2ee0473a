"""Turns of agents, ready to be asked. Owns what a model is told, and what its answer may cost.

The instructions and the shape of the answer are the system part; everything else that a model sees is a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import structlog

from treadle.dsl import graph as g
from treadle.dsl.evaluator import EvaluationError, evaluate
from treadle.dsl.operations.scope import Scope
from treadle.runtime.arguments import Signature
from treadle.runtime.call import Bound, Caller, CannotCall, Prepared
from treadle.runtime.connections import Connections
from treadle.runtime.costs import UNPRICED
from treadle.runtime.host import PluginHost
from treadle.runtime.machine.conversation import Conversation
from treadle.runtime.machine.decisions import DoTurn
from treadle.runtime.machine.retries import Policy
from treadle.runtime.machine.turns import tools_by_name
from treadle.runtime.schemas import schema_of_answer, schema_of_params
from treadle.sdk.action import Action
from treadle.sdk.models import Price, Question, Tool

LONGEST_TURN = 120.0
"""Seconds that one answer of a model may take."""
SHORTEST_TURN = 5.0
"""Seconds that a turn has that is taken over when the time is nearly over."""
TRIES = 4

_encoder = msgspec.json.Encoder(decimal_format="number")


class ModelCalls:
    """Prepares what `Caller` sends."""

    def __init__(self, host: PluginHost, connections: Connections, caller: Caller) -> None:
        self._host = host
        self._connections = connections
        self._caller = caller
        self._signatures: dict[str, Signature] = {}

    def turn(self, graph: g.Graph, act: DoTurn, since: datetime, now: datetime) -> Bound:
        """The next question to the agent's model, which is asked since then. Raises `CannotCall`."""
        agent, talk = graph.agents[act.node.agent], act.talk
        connected = self._caller.connected(agent.plugin, agent.connection)
        question = self._question(graph, act.node, agent, talk)
        within = max(SHORTEST_TURN, min(LONGEST_TURN, (talk.until - now).total_seconds()))
        over = max(0.0, (talk.until - since).total_seconds())
        shown = {"turn": talk.turns + 1, "messages": talk.messages[talk.seen :]}
        return Bound(
            input=_encoder.encode(shown),
            policy=Policy(effect="idempotent", reads=True, timeout=within, tries=TRIES, over=over),
            connection_id=connected.row.id if connected else None,
            plugin=agent.plugin,
            signature=self._asks(agent.plugin),
            connected=connected,
            kwargs={"question": question},
        )

    async def most(self, call: Prepared, last: Decimal | None) -> Decimal:
        """The most that this turn may cost in US dollars; `last` is what the one before cost, None for a first one."""
        assert isinstance(call, Bound), "prepared here"
        question: Question = call.kwargs["question"]
        prices = await self._prices(call)
        known = [_bound(prices[name], question) for name in question.models if name in prices]
        if len(known) < len(question.models):
            known.append(last if last is not None else UNPRICED)
        return max(known)

    async def _prices(self, call: Bound) -> Mapping[str, Price]:
        models = self._host.plugins[call.plugin].models
        if models is None or models.prices is None:
            return {}
        context = self._connections.contexts.make(self._connections.owner(call.connected, call.plugin))
        try:
            found = await models.prices(context)
            return {name: each for name, each in found.items() if isinstance(each, Price)}
        except Exception as error:  # whatever a plugin raises; a price that is not known has a bound of its own
            structlog.get_logger("treadle.agents").warning("no_prices", plugin=call.plugin, error=type(error).__name__)
            return {}

    def _asks(self, plugin: str) -> Signature:
        models = self._host.plugins[plugin].models if plugin in self._host.plugins else None
        if models is None:
            raise CannotCall("no_models", f"no installed plugin {plugin} has models that an agent could ask")
        if plugin not in self._signatures:
            asks = Action(name="ask", doc="", call=models.ask, effect="idempotent", reads=True)
            self._signatures[plugin] = Signature(asks)
        return self._signatures[plugin]

    def _question(self, graph: g.Graph, node: g.Ask, agent: g.Agent, talk: Conversation) -> Question:
        schema, strict = (None, False) if node.returns is None else schema_of_answer(node.returns, graph.records)
        return Question(
            models=agent.models,
            instructions=_instructions(graph, agent, schema),
            messages=talk.messages,
            tools=tuple(self._tool(name, tool) for name, tool in tools_by_name(agent).items()),
            schema=schema,
            strict=strict,
        )

    def _tool(self, name: str, tool: g.Tool) -> Tool:
        spec = self._host.specs.get(tool.plugin)
        found = spec.actions.get(tool.action) if spec else None
        if spec is None or found is None:
            raise CannotCall("no_action", f"no installed plugin has the action {tool.plugin}.{tool.action}")
        records = {f"{spec.name}.{each}": record for each, record in spec.records.items()}
        return Tool(name, found.doc, schema_of_params(found.params, records))


def _instructions(graph: g.Graph, agent: g.Agent, schema: Any) -> str:
    try:
        text = str(evaluate(agent.instructions, Scope({}, graph.zone), graph.functions))
    except EvaluationError as error:
        raise CannotCall(error.code, error.message) from None
    if schema is None:
        return text
    shape = msgspec.json.encode(schema).decode()
    return f"{text}\n\nAnswer with one JSON object of this schema, and nothing else:\n{shape}".strip()


def _bound(price: Price, question: Question) -> Decimal:
    """No token is shorter than a byte."""
    sent = len(_encoder.encode((question.instructions, question.messages, question.tools, question.schema)))
    return price.prompt * sent + price.completion * question.most_tokens + price.request
