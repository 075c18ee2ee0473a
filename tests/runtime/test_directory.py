"""Finding one value of a connected account by name, and what is said when there is none."""

from __future__ import annotations

import pytest

from treadle.dsl.catalogue import Choice
from treadle.runtime.directory import AccountDirectory
from treadle.sdk import ActionFailed

STAGES = (
    Choice("1", "New", "Sales"),
    Choice("2", "Accepted", "Sales", formerly=("Qualified",)),
    Choice("3", "New", "Partners"),
)


async def find(name: str, within: str | None = None) -> str:
    try:
        return (await AccountDirectory({"stages": STAGES}, None).find("stages", name, within=within)).id
    except ActionFailed as failed:
        return failed.message


@pytest.mark.parametrize(
    ("name", "within", "answer"),
    [
        ("Accepted", None, "2"),
        ("2", None, "2"),
        ("New", "Partners", "3"),
        ("New", None, "stages: 'New' is in 'Sales', 'Partners'; say which one is meant"),
        ("Qualified", None, "stages: 'Qualified' is called 'Accepted' now"),
        ("Acepted", None, "stages: there is no 'Acepted'; did you mean 'Accepted'?"),
        ("Accepted", "Partners", "stages: there is no 'Accepted'"),
    ],
)
async def test_a_value_is_found_or_the_reason_is_told(name: str, within: str | None, answer: str) -> None:
    assert await find(name, within) == answer


async def test_what_the_cache_lacks_is_looked_up_once() -> None:
    asked = []

    async def look_up() -> dict[str, tuple[Choice, ...]]:
        asked.append("stages")
        return {"stages": STAGES}

    directory = AccountDirectory({}, look_up)
    assert (await directory.find("stages", "Accepted")).id == "2"
    with pytest.raises(ActionFailed):
        await directory.find("stages", "Nowhere")
    assert asked == ["stages"]
