"""A stored connection to an account of an outside service. Owns what a plugin author declares about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from treadle.sdk.delivery import Accepted, Delivery, Refused
from treadle.sdk.oauth import OAuth

if TYPE_CHECKING:
    from treadle.dsl.catalogue import Choice
    from treadle.sdk.context import Context
    from treadle.sdk.trigger import Trigger


class _Declared(msgspec.StructMeta):
    """Takes the class arguments of `Connection`, which Structs alone refuse."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        kind: str = "",
        hosts: Sequence[str] = (),
        rate: str | None = None,
        oauth: OAuth | None = None,
        example: Mapping[str, Any] | None = None,
        **struct: Any,
    ) -> Any:
        made: Any = super().__new__(mcs, name, bases, namespace, **{"kw_only": True, **struct})
        made.kind, made.hosts, made.rate = kind, tuple(hosts), rate
        made.oauth, made.example = oauth, dict(example or {})
        return made


class Connection(msgspec.Struct, metaclass=_Declared):
    """Base of a plugin's connection kinds: fields are the settings, `Secret` fields are sealed at rest.

    Class arguments: `kind` names it, `hosts` lists the host names that its credentials may be sent to (the host of a
    field `base_url` is always one), `rate` bounds the requests of one connection over all workers (`"7/s"`),
    `oauth` says how a person connects an account by consent, `example` are fields of an imagined account for forms.
    """

    kind: ClassVar[str] = ""
    hosts: ClassVar[Sequence[str]] = ()
    rate: ClassVar[str | None] = None
    oauth: ClassVar[OAuth | None] = None
    example: ClassVar[Mapping[str, Any]] = {}

    def authorize(self) -> Mapping[str, str]:
        """The headers that carry the credentials; added to requests to this connection's own hosts and to no other."""
        return {}

    async def test(self, ctx: Context[Any]) -> str:
        """A sentence for the person who presses "Test". Raises `ActionFailed` with what is wrong."""
        return "Nothing to test."

    async def look_up(self, ctx: Context[Any]) -> Mapping[str, Sequence[Choice]]:
        """What the account holds, by kind (`stages`, `users`), for pickers and checks; cached by the runtime. A kind
        that begins with `_` is for the plugin alone, by `ctx.catalogue`.
        """
        return {}

    def receive(self, delivery: Delivery, triggers: Sequence[type[Trigger[Any, Any]]]) -> Accepted[Any] | Refused:
        """Read one delivery into events. The default asks each of `triggers`; a plugin whose service sends several
        kinds in one body overrides it and reads the body once. Pure: no I/O, no clock, the same answer again.
        """
        accepted, refused = Accepted[Any](), None
        for trigger in triggers:
            answer = trigger().decode(delivery)
            if isinstance(answer, Refused):
                refused = answer
            else:
                accepted = Accepted(accepted.events + answer.events, accepted.unread + answer.unread)
        return refused if refused and not accepted.events and not accepted.unread else accepted
