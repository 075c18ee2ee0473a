"""What checking finds out about nodes. Owns the shapes; `lower/` reads them and asks nothing again."""

from __future__ import annotations

import msgspec

from treadle.dsl.builtins import Builtin
from treadle.dsl.catalogue import ActionSpec, TriggerSpec
from treadle.dsl.checker.environment import Env
from treadle.dsl.typesystem import Type


class Local(msgspec.Struct, frozen=True):
    """A name in scope when the declaration runs: the event, a parameter, a result, a lambda's parameter."""

    name: str


class LetRef(msgspec.Struct, frozen=True):
    """A constant of the file."""

    name: str


class BuiltinRef(msgspec.Struct, frozen=True):
    """A function of the language; `method` when its first argument stands before the dot."""

    function: Builtin
    method: bool = False
    safe: bool = False


class OwnRef(msgspec.Struct, frozen=True):
    """A `function` or a table; `name` is what it is called when it runs.

    `order` gives for each parameter the place of its argument in the call.
    """

    name: str
    order: tuple[int, ...]
    method: bool = False
    safe: bool = False


class ActionRef(msgspec.Struct, frozen=True):
    """An action, through a connection (None for the plugin's default)."""

    plugin: str
    connection: str | None
    spec: ActionSpec


class ModelRef(msgspec.Struct, frozen=True):
    """Models, through a connection (None for the plugin's default)."""

    plugin: str
    connection: str | None


class TriggerRef(msgspec.Struct, frozen=True):
    """A trigger, through a connection (None for the plugin's default)."""

    plugin: str
    connection: str | None
    spec: TriggerSpec


class EventRef(msgspec.Struct, frozen=True):
    """An event of one's own."""

    name: str


class AskRef(msgspec.Struct, frozen=True):
    """What an `ask` comes to: the type of the answer, None for plain text, and the tables of the agent's own keys."""

    agent: str
    returns: Type | None
    keys: Tables


class AnswerRef(msgspec.Struct, frozen=True):
    """The types, as shown, of those answers of an agent that a mock can stand for."""

    types: tuple[str, ...]


class JsonPart(msgspec.Struct, frozen=True):
    """`x.y` on json: the same as `x["y"]`."""


class KnownPart(msgspec.Struct, frozen=True):
    """`x["y"]` or `x.y` where the account knows the type of the part; `function` brings the data to it, if it must."""

    function: str | None


Ref = (
    Local | LetRef | BuiltinRef | OwnRef | ActionRef | ModelRef | TriggerRef | EventRef | AskRef | AnswerRef | JsonPart
    | KnownPart
)  # fmt: skip


class Seen(msgspec.Struct, frozen=True):
    """What was known where a node stands: the names, and the type that is needed there."""

    env: Env
    hint: Type | None = None


class Tables:
    """The side tables of one declaration, by node id. `names` are the types of all names given in it.

    `seen` is kept when an editor asks, of each expression and step; that of the declaration itself is what its header
    leaves for the steps.

    `unresolved` when something in it refers to what could not be read elsewhere: it is not reported here again, and the
    declaration cannot run.
    """

    def __init__(self, seen: dict[int, Seen] | None = None) -> None:
        self.seen = seen
        self.types: dict[int, Type] = {}
        self.refs: dict[int, Ref] = {}
        self.names: dict[str, Type] = {}
        self.lets: set[str] = set()
        self.functions: set[str] = set()
        self.unresolved = False

    def note(self, node: int, env: Env, hint: Type | None = None) -> None:
        """Keep what is known where a node stands, when it is asked for."""
        if self.seen is not None:
            self.seen[node] = Seen(env, hint)
