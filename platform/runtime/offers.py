"""What each installed plugin offers, as a stranger's program reads it. Owns the views; what a plugin is, is the SDK's.

Everything is there to draw a form: docs, schemas, examples, and what using it means (effect, causes, rate).
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from treadle.dsl.builtins import table
from treadle.dsl.catalogue import ActionSpec, Cause, Cost, Effect, Param, PluginSpec, TriggerSpec
from treadle.dsl.typesystem import Named
from treadle.runtime.formschemas import Schema, form_of, schema_of, schema_of_connection
from treadle.runtime.host import PluginHost, PluginReport
from treadle.sdk.connection import Connection
from treadle.sdk.plugin import SDK_VERSION, Plugin

LANGUAGE = "treadle"
"""The plugin that the platform itself is; the language's functions are shown as its."""


class TriggerOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An event. `parameters` are what a rule may narrow it by, `payload` the event's data, `entity` what it is
    about.
    """

    name: str
    doc: str
    parameters: Schema
    payload: Schema
    entity: str | None
    example: Any


class ActionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An effect. `effect` says what happens when nobody can know whether a call arrived: `idempotent` calls are
    repeated, `checkable` ones looked up, `blind` ones wait for a person. `reads` changes nothing, `messages` reaches a
    person, `causes` are events that the service sends in answer, `timeout` is in seconds. `cost` is what a call
    costs that went through.
    """

    name: str
    doc: str
    arguments: Schema
    result: Schema | None
    effect: Effect
    reads: bool
    messages: bool
    causes: tuple[Cause, ...]
    writes: str | None
    timeout: float
    cost: Cost | None
    example: Any


class FunctionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A function of the language. `examples` are pairs of equal expressions."""

    name: str
    group: str
    doc: str
    signatures: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]


class ConnectionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of connection. Its credentials go to `hosts` and to the host of its `base_url`, and to no other; `rate`
    bounds its requests over all workers; with `oauth` a person can connect it by consent.
    """

    kind: str
    doc: str
    fields: Schema
    hosts: tuple[str, ...]
    rate: str | None
    oauth: bool
    receives: bool


class ModelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """Agents can ask through this plugin; what each turn cost, in US dollars, stands in its recorded step."""

    model: Schema


class PluginOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin and everything it adds. `error` says why it could not be loaded; then there is nothing else."""

    name: str
    version: str
    sdk: int
    doc: str = ""
    error: str | None = None
    connections: tuple[ConnectionOffer, ...] = ()
    triggers: tuple[TriggerOffer, ...] = ()
    actions: tuple[ActionOffer, ...] = ()
    functions: tuple[FunctionOffer, ...] = ()
    types: dict[str, Schema] = {}
    models: ModelOffer | None = None


def offers(host: PluginHost) -> list[PluginOffer]:
    """Every plugin that was found, by name."""
    return [_offer(host, report) for report in sorted(host.reports, key=lambda each: each.name)]


def _offer(host: PluginHost, report: PluginReport) -> PluginOffer:
    if report.error is not None:
        return PluginOffer(name=report.name, version=report.version, sdk=SDK_VERSION, error=report.error)
    plugin, spec = host.plugins[report.name], host.specs[report.name]
    return PluginOffer(
        name=report.name,
        version=report.version,
        sdk=SDK_VERSION,
        doc=spec.doc,
        connections=tuple(_connection(plugin, kind, each) for kind, each in plugin.connections.items()),
        triggers=tuple(_trigger(spec, each) for each in spec.triggers.values()),
        actions=tuple(_action(spec, each) for each in spec.actions.values()),
        functions=_functions() if report.name == LANGUAGE else (),
        types={name: schema_of(Named(f"{spec.name}.{name}"), spec.records) for name in spec.records},
        models=_models(spec.asks, spec),
    )


def _connection(plugin: Plugin, name: str, kind: type[Connection]) -> ConnectionOffer:
    return ConnectionOffer(
        kind=name,
        doc=inspect.cleandoc(kind.__doc__ or ""),
        fields=schema_of_connection(kind),
        hosts=tuple(kind.hosts),
        rate=kind.rate,
        oauth=kind.oauth is not None,
        receives=any(each.connection is kind for each in plugin.triggers.values()),
    )


def _trigger(spec: PluginSpec, each: TriggerSpec) -> TriggerOffer:
    return TriggerOffer(
        name=each.name,
        doc=each.doc,
        parameters=form_of(each.params, spec.records),
        payload=schema_of(each.payload, spec.records),
        entity=each.entity,
        example=msgspec.json.decode(each.example),
    )


def _action(spec: PluginSpec, each: ActionSpec) -> ActionOffer:
    return ActionOffer(
        name=each.name,
        doc=each.doc,
        arguments=form_of(each.params, spec.records),
        result=None if each.returns is None else schema_of(each.returns, spec.records),
        effect=each.effect,
        reads=each.reads,
        messages=each.messages,
        causes=each.causes,
        writes=each.writes,
        timeout=each.timeout,
        cost=each.cost,
        example=msgspec.json.decode(each.example),
    )


def _functions() -> tuple[FunctionOffer, ...]:
    return tuple(
        FunctionOffer(
            name=each.name,
            group=each.group,
            doc=each.doc,
            signatures=each.signatures(),
            examples=tuple((one.call, one.gives) for one in each.examples),
        )
        for each in table().values()
    )


def _models(asks: Param | None, spec: PluginSpec) -> ModelOffer | None:
    return None if asks is None else ModelOffer(model=form_of([asks], spec.records)["properties"]["model"])
