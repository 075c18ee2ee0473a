"""An event that a plugin can deliver. Owns the declaration; decoding bodies is the plugin's, matching the runtime's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, get_args

from treadle.sdk.delivery import Accepted, Delivery, Refused

if TYPE_CHECKING:
    from treadle.sdk.context import Context

C = TypeVar("C")
T = TypeVar("T")


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class Trigger(Generic[C, T]):
    """Base of a plugin's triggers, `class OrderPlaced(Trigger[Acme, Order], entity="acme.order:{id}")`.

    The docstring is the trigger's text in completion and docs, its name in the language is the class name in snake
    case (`order_placed`). `example` is an example payload as plain data. `params` are fields of the payload that a rule
    has to name, `when db.row_inserted(table: "orders") as row`: it hears only events that have these values. When the
    payload declares fields that deliveries do not carry, the trigger overrides `load` to read them.
    """

    name: ClassVar[str]
    connection: ClassVar[type[Any]]
    payload: ClassVar[type[Any]]
    entity: ClassVar[str | None] = None
    example: ClassVar[dict[str, Any]] = {}
    params: ClassVar[Sequence[str]] = ()

    def __init_subclass__(
        cls, *, entity: str | None = None, example: dict[str, Any] | None = None, params: Sequence[str] = ()
    ) -> None:
        super().__init_subclass__()
        bases = [base for base in getattr(cls, "__orig_bases__", ()) if getattr(base, "__origin__", None) is Trigger]
        if bases:
            cls.connection, cls.payload = get_args(bases[0])
        cls.name, cls.entity, cls.example, cls.params = _snake(cls.__name__), entity, example or {}, tuple(params)

    def decode(self, delivery: Delivery) -> Accepted[T] | Refused:
        """Verify and read one delivery. Pure. Not called when the connection overrides `receive`."""
        return Accepted()

    async def load(self, ctx: Context[C], data: T) -> T:
        """The payload with the fields that the delivery did not carry, read from the service. Called at most once an
        event, before a condition or a step that needs one of them; the answer is recorded.
        """
        return data
