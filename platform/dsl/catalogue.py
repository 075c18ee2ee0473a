"""The world a rule file is checked against, as plain data: what the installed plugins declare and what the connected
accounts hold.

Owns the shapes only. The SDK fills `PluginSpec` from a plugin's declarations, the runtime fills `Account` from a
connection's cached look-up; the language reads both and knows no plugin by name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from treadle.dsl.typesystem import Record, Type

Effect = Literal["idempotent", "checkable", "blind"]


class Param(msgspec.Struct, frozen=True):
    """One named argument of an action, a trigger or a function.

    `required` is false where a default exists or the type is optional. `pick` names the list of account values that a
    constant must be one of (`"stages"`), or is None; of a map it is the keys that are meant. `within` is the parameter
    that says what holds the value, where several things do (`"pipeline"`). The signs in `tail` begin what is no part of
    the name (`":"` in `vendor/model:free`); a value that begins with one is not compared.
    """

    name: str
    type: Type
    doc: str = ""
    required: bool = True
    pick: str | None = None
    within: str | None = None
    tail: str = ""


class TriggerSpec(msgspec.Struct, frozen=True):
    """An event that a plugin can deliver. `entity` is a template such as `kommo.lead:{id}`; `example` fills a test.

    Each of `params` is a field of the payload, and only events whose field equals the argument are heard.
    """

    name: str
    doc: str
    payload: Type
    params: tuple[Param, ...] = ()
    entity: str | None = None
    example: msgspec.Raw = msgspec.Raw(b"{}")


class Cause(msgspec.Struct, frozen=True):
    """An event that an action makes its account send: the trigger by its full name (`kommo.lead_stage_changed`).

    `carries` maps fields of the event to the parameters whose values they then have; a parameter that a call leaves out
    says nothing about its field.
    """

    trigger: str
    carries: dict[str, str] = {}


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one call costs: always the same `amount`, or what its result says under `field` (`usage.cost` is the field
    `cost` of the field `usage`). `currency` is a code of ISO 4217 in small letters. Raises `ValueError` for anything
    else.
    """

    amount: Decimal | None = None
    field: str | None = None
    currency: str = "usd"

    def __post_init__(self) -> None:
        """Say what is wrong."""
        if (self.amount is None) == (self.field is None):
            raise ValueError("a cost is either an amount or a field of the result")
        if self.amount is not None and not (self.amount.is_finite() and self.amount >= 0):
            raise ValueError("an amount is a number that is not negative")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.islower()):
            raise ValueError(f"{self.currency!r} is no currency: three small letters, such as usd")


class ActionSpec(msgspec.Struct, frozen=True):
    """An effect that a plugin can have on the world.

    `reads` is true for an action that only looks. `causes` are the events that the account may send in answer.
    `messages` is true when a person is reached. `timeout` is in seconds.

    `writes` is the entity that a call changes, with names of parameters (`kommo.lead:{lead_id}`; `kommo.lead:*` for one
    that it makes). `adds` is true when a call only adds to it (a note, a tag) and takes nothing's place. `cost` is what
    a call that went through costs.
    """

    name: str
    doc: str
    params: tuple[Param, ...]
    returns: Type | None
    effect: Effect
    reads: bool = False
    messages: bool = False
    causes: tuple[Cause, ...] = ()
    timeout: float = 10.0
    writes: str | None = None
    adds: bool = False
    example: msgspec.Raw = msgspec.Raw(b"{}")
    cost: Cost | None = None

    def sets(self) -> tuple[str, ...]:
        """The parameters whose values take the place of others in the entity that `writes` names."""
        if self.writes is None or self.adds or self.writes.endswith(":*"):
            return ()
        return tuple(each.name for each in self.params if f"{{{each.name}}}" not in self.writes)


class Shape(msgspec.Struct, frozen=True):
    """Data whose parts the account names: their kind (`"lead_fields"`), and the field or the parameter (`"table"`) that
    says what holds them.
    """

    kind: str
    within: str | None = None


class PluginSpec(msgspec.Struct, frozen=True):
    """All that one plugin adds to the language. `connects` is true when its actions need a stored connection.

    `shapes` tells of parts of its records (`Lead.fields`) and of results of its actions (`select_one`) that the
    connected account knows the shape of. `examples` are fields of records (`Lead`) as plain data, to fill what a test
    leaves out; a field without an example is not among them. `asks` says how models are named, where agents can ask
    through the plugin.
    """

    name: str
    doc: str
    triggers: dict[str, TriggerSpec] = {}
    actions: dict[str, ActionSpec] = {}
    records: dict[str, Record] = {}
    connects: bool = False
    shapes: dict[str, Shape] = {}
    examples: dict[str, msgspec.Raw] = {}
    asks: Param | None = None


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value that a connected account knows: a stage, a user, a field. `within` is the name of what holds it.

    `type` is that of the value in a field or a column, as the language writes it: a scalar, with `?` when it may be
    missing. `formerly` are names that the same id was seen under before, newest first.
    """

    id: str
    name: str
    within: str | None = None
    type: str | None = None
    formerly: tuple[str, ...] = ()


class Account(msgspec.Struct, frozen=True):
    """What a connection's account holds, by kind (`stages`, `users`, `tags`), as last looked up.

    `default` is true for the connection that `use PLUGIN` alone means.
    """

    plugin: str
    connection: str
    choices: dict[str, tuple[Choice, ...]] = {}
    default: bool = False


class Catalogue(msgspec.Struct, frozen=True):
    """Everything a file may name. `zone` is the workspace's time zone; `accounts` are keyed by connection name."""

    plugins: dict[str, PluginSpec] = {}
    accounts: dict[str, Account] = {}
    zone: str = "UTC"

    def account(self, plugin: str, connection: str | None) -> Account | None:
        """The account behind a connection; without a name the plugin's default, or the only one that it has."""
        if connection is not None:
            return self.accounts.get(connection)
        of_plugin = [each for each in self.accounts.values() if each.plugin == plugin]
        default = [each for each in of_plugin if each.default] or of_plugin
        return default[0] if len(default) == 1 else None

    def record(self, name: str) -> Record | None:
        """The record behind a full type name such as `kommo.Lead`, or None."""
        plugin, _, short = name.partition(".")
        spec = self.plugins.get(plugin)
        return spec.records.get(short) if spec else None
