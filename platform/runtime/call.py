"""One call of one action: the only place that touches the outside. Owns what came of it; what follows is `retries`.

Nothing is written here. The intent was committed before, the outcome is committed after, by whoever drives the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import msgspec
import structlog

from treadle.dsl import values
from treadle.dsl.catalogue import Cost
from treadle.dsl.graph import Agent, Ask, Call
from treadle.dsl.values import Value
from treadle.runtime.arguments import Signature
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.context import CallContext, Line
from treadle.runtime.host import PluginHost
from treadle.runtime.lease import Lease
from treadle.runtime.machine.decisions import DoTool
from treadle.runtime.machine.retries import Policy, Trouble
from treadle.runtime.ours import DATABASE, LEASE_ENDS
from treadle.runtime.ports import Fault, StoreDown
from treadle.sdk.failures import ActionFailed, Failure, InDoubt, NotSent


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A call with what its history needs. `input` is the arguments' JSON, `entity` what it will change; `messages` is
    true when it reaches a person. `charged` is what it is counted by where money is limited: the node and its cost.
    """

    input: bytes
    policy: Policy
    messages: bool = False
    entity: str | None = None
    connection_id: UUID | None = None
    charged: tuple[Call, Cost] | None = None


class Bound(Prepared, frozen=True, kw_only=True):
    """A call with all that it takes to make it."""

    plugin: str
    signature: Signature
    connected: Connected | None
    kwargs: dict[str, Any]


class Done(msgspec.Struct, frozen=True):
    """It happened. `output` is the result's JSON, None for no result; `version` what the action said it wrote."""

    output: bytes | None
    version: str | None
    lines: tuple[Line, ...]


class Absent(msgspec.Struct, frozen=True):
    """A look-up found nothing."""


class Troubled(msgspec.Struct, frozen=True):
    """It did not simply succeed. `retry_after` is the number of seconds that the service asked to wait."""

    trouble: Trouble
    fault: Fault
    retry_after: float | None
    lines: tuple[Line, ...]


NO_CONNECTION = "no_connection"
"""Code of a call whose connection is not there, or cannot be used."""


class CannotCall(Exception):
    """There is nothing to call, or its arguments do not fit; nothing was sent."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, message)


class Calls(Protocol):
    """Whoever makes calls: for real, or for a trial."""

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Prepared:
        """Find what is needed and bind the arguments. Raises `CannotCall`."""
        ...

    def prepare_ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Prepared:
        """The same for an agent; `args` as in `DoAsk`. Raises `CannotCall`."""
        ...

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """Send it. Cancelled, it leaves the outcome open."""
        ...

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Ask whether an earlier send arrived."""
        ...


class Caller:
    """Calls actions through the connections of this installation."""

    def __init__(self, host: PluginHost, connections: Connections) -> None:
        self._host = host
        self._connections = connections
        self._signatures: dict[tuple[str, str], Signature] = {}

    def prepare(self, node: Call, args: Mapping[str, Value]) -> Bound:
        """Find the action and the connection and bind the arguments. Raises `CannotCall`."""
        signature = self._signature(node)
        data = values.encode(args)
        try:
            kwargs = signature.bind(data)
        except msgspec.ValidationError as error:
            raise CannotCall("bad_arguments", f"{node.plugin}.{node.action}: {error}") from None
        action = signature.action
        policy = Policy(effect=node.effect, reads=action.reads, timeout=node.timeout, tries=node.tries, over=node.over)
        connected = self.connected(node.plugin, node.connection)
        return Bound(
            input=data,
            policy=policy,
            messages=action.messages,
            entity=signature.entity(args),
            connection_id=connected.row.id if connected else None,
            charged=(node, action.cost) if action.cost else None,
            plugin=node.plugin,
            signature=signature,
            connected=connected,
            kwargs=kwargs,
        )

    def prepare_tool(self, act: DoTool) -> tuple[Call, Bound]:
        """The call that a model wants, as a rule would write it. Raises `CannotCall`."""
        tool = act.tool
        spec = self._host.specs.get(tool.plugin)
        found = spec.actions.get(tool.action) if spec else None
        if found is None:
            raise CannotCall("no_action", f"no installed plugin has the action {tool.plugin}.{tool.action}")
        if unknown := sorted(set(act.args) - {each.name for each in found.params}):
            raise CannotCall("bad_arguments", f"{tool.plugin}.{tool.action} takes no {unknown[0][:64]!r}")
        node = Call(
            id=act.call,
            span=act.node.span,
            plugin=tool.plugin,
            connection=tool.connection,
            action=tool.action,
            args={},
            effect=found.effect,
            timeout=found.timeout,
        )
        return node, self.prepare(node, act.args)

    def prepare_ask(self, node: Ask, agent: Agent, args: Mapping[str, Value]) -> Prepared:
        """Nothing here can ask a model. Raises `CannotCall`."""
        raise CannotCall("no_agents", f"this version cannot ask the agent {agent.name}")

    def _signature(self, node: Call) -> Signature:
        key = (node.plugin, node.action)
        if key not in self._signatures:
            if (action := self._host.action(*key)) is None:
                raise CannotCall("no_action", f"no installed plugin has the action {node.plugin}.{node.action}")
            self._signatures[key] = Signature(action)
        return self._signatures[key]

    def connected(self, plugin: str, connection: str | None) -> Connected | None:
        """The connection to call through; None for a plugin that needs none. Raises `CannotCall`."""
        found = self._connections.chosen(plugin, connection)
        known = self._host.plugins.get(plugin)
        if found is None and (connection is not None or (known is not None and known.connections)):
            name = f"connection {connection!r}" if connection else "connection"
            raise CannotCall(NO_CONNECTION, f"there is no {name} of the plugin {plugin}; add one")
        return found

    async def call(self, call: Prepared, effect_id: UUID, lease: Lease) -> Done | Troubled:
        """Send it. Cancelled, it leaves the outcome open."""
        call = _bound(call)
        context = self._connections.contexts.make(
            self._connections.owner(call.connected, call.plugin),
            effect_id=str(effect_id),
            within=call.policy.timeout,
            ends=True,
            before_send=partial(_still_ours, lease),
        )
        answer = await _watched(call.signature.action.call, context, call)
        return answer if isinstance(answer, Troubled) else _done(answer, context)

    async def look_up(self, call: Prepared, effect_id: UUID) -> Done | Absent | Troubled:
        """Ask whether an earlier send arrived."""
        call = _bound(call)
        lookup = call.signature.action.lookup
        if lookup is None:
            return Troubled("refused", Fault("no_lookup", "this action cannot be looked up"), None, ())
        context = self._connections.contexts.make(
            self._connections.owner(call.connected, call.plugin),
            effect_id=str(effect_id),
            marks=False,
            within=call.policy.timeout,
            ends=True,
        )
        answer = await _watched(lookup, context, call)
        if isinstance(answer, Troubled):
            return answer
        return Absent() if answer is None else _done(answer, context)


def _bound(call: Prepared) -> Bound:
    assert isinstance(call, Bound), "prepared by this caller"
    return call


def _still_ours(lease: Lease) -> None:
    """Called with nothing awaited between it and the first byte."""
    if not lease.enough():
        raise NotSent("this worker's lease was about to end, so nothing was sent", code=LEASE_ENDS)


async def _watched(act: Callable[..., Awaitable[Any]], context: CallContext, call: Bound) -> Any:
    """What the action returns, or what went wrong, whatever a plugin raises."""
    try:
        async with asyncio.timeout(call.policy.timeout):
            return await act(context, **call.kwargs)
    except ActionFailed as failure:
        return _troubled("refused", failure, context)
    except NotSent as failure:
        return _troubled("in_doubt" if _may_have_arrived(context) else "not_sent", failure, context)
    except Failure as failure:
        return _troubled("not_sent" if context.only_read else "in_doubt", failure, context)
    except StoreDown:
        return _unanswered(DATABASE, f"the database was away while {call.signature.action.name} needed it", context)
    except TimeoutError:
        message = f"{call.signature.action.name} took longer than {call.policy.timeout:g} s"
        return _unanswered("timeout", message, context)
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and _cancelled():
            raise
        return _broken(call.signature.action.name, error, context)


def _cancelled() -> bool:
    """Whether somebody asked for it; a plugin may raise anything."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _broken(name: str, error: BaseException, context: CallContext) -> Troubled:
    structlog.get_logger("treadle.call").error("plugin_failed", action=name, exc_info=error)
    message = f"{name} failed inside its plugin ({type(error).__name__})"
    if _may_have_arrived(context):
        return _unanswered("plugin_error", message, context)
    return Troubled("refused", Fault("plugin_error", message), None, tuple(context.lines))


def _may_have_arrived(context: CallContext) -> bool:
    return context.sent and not context.only_read


def _unanswered(code: str, message: str, context: CallContext) -> Troubled:
    if _may_have_arrived(context):
        return _troubled("in_doubt", InDoubt(message, code=code), context)
    return _troubled("not_sent", NotSent(message, code=code), context)


def _troubled(trouble: Trouble, failure: Failure, context: CallContext) -> Troubled:
    return Troubled(trouble, Fault(failure.code, failure.message), failure.retry_after, tuple(context.lines))


def _done(result: Any, context: CallContext) -> Done | Troubled:
    try:
        output = None if result is None else values.encode(result)
    except (TypeError, ValueError, RecursionError) as error:
        return _unanswered("bad_result", f"the action's result is no data: {type(error).__name__}", context)
    return Done(output, context.version, tuple(context.lines))
