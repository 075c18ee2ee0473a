"""`approve ... by "NAME"`: who may decide."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from treadle.runtime.access import RIGHTS, SYSTEM, Principal, Right, Role
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.services.approvals import may_decide


def person(role: Role, *groups: str) -> Principal:
    return Principal(
        workspace_id=DEFAULT_WORKSPACE,
        kind="user",
        id=UUID(int=1),
        name="Ada <ada@b.c>",
        rights=RIGHTS[role],
        role=role,
        groups=frozenset(groups),
    )


def key(*scopes: Right) -> Principal:
    return Principal(workspace_id=DEFAULT_WORKSPACE, kind="key", id=uuid4(), name="key k", rights=frozenset(scopes))


@pytest.mark.parametrize(
    ("who", "by", "may"),
    [
        (person("viewer", "managers"), "managers", True),
        (person("viewer"), "managers", False),
        (person("owner"), "managers", False),
        (person("owner", "managers"), "managers", True),
        (person("operator"), "operator", True),
        (person("owner"), "operator", True),
        (person("viewer"), "operator", False),
        (person("viewer", "Managers"), "managers", False),
        (key("administer"), "managers", True),
        (key("read", "operate", "edit"), "managers", False),
        (key("operate"), "operator", False),
        (SYSTEM, "managers", True),
    ],
)
def test_a_question_is_for_those_whom_the_rule_names(who: Principal, by: str, may: bool) -> None:
    assert may_decide(who, by) is may


def test_a_person_is_named_by_their_account_whatever_they_say() -> None:
    assert person("owner").called("somebody else") == "Ada <ada@b.c>"
    assert key("operate").called("ana") == "ana"
    assert key("operate").called(None) == "key k"
