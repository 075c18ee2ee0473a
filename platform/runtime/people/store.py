"""All that is stored about people and programs, in one hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from treadle.runtime.people.auditlog import AuditLog
from treadle.runtime.people.groups import Groups
from treadle.runtime.people.invitations import Invitations
from treadle.runtime.people.keyring import Keyring
from treadle.runtime.people.remembered import Remembered, remembered
from treadle.runtime.people.sessions import Sessions
from treadle.runtime.people.users import Users
from treadle.runtime.store.statements import Ask

T = TypeVar("T")


class People(Users, Sessions, Groups, Invitations, Keyring, AuditLog):
    """The people of one workspace, over the pool of its database. Every verb raises `StoreDown`; those that change
    something take the entry for the audit log and write it in the same commit.
    """

    @property
    def callers(self) -> Remembered:
        """Who asked just now."""
        return remembered(self._pool)

    async def _together(self, work: Callable[[Ask], Awaitable[T]]) -> T:
        try:
            return await super()._together(work)
        finally:
            self.callers.forget()

    async def together(self, work: Callable[[], Awaitable[T]]) -> T:
        """Several changes of people in one commit, see `as_one`."""
        try:
            return await self.as_one(work)
        finally:
            self.callers.forget()
