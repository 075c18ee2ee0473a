"""The contract of publications, connections, API keys and values of plugins."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest
from msgspec.structs import replace
from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import CONNECTION

from treadle.runtime.ids import new_id
from treadle.runtime.ports import ConnectionRow, NameTaken, Publication, Store, WebhookRow


async def published(store: Store, **given: Any) -> Publication:
    sources, graphs = {"a.rule": 'rule "ä"\n'}, {"g1": b'{"n": 1.0}'}
    made = Publication(
        **({"id": new_id(), "created_at": await store.now(), "sources": sources, "graphs": graphs} | given)
    )
    await store.publish(made)
    return made


def connection(**given: Any) -> ConnectionRow:
    fixed: dict[str, Any] = {
        "plugin": "t",
        "kind": "t",
        "settings": {"base_url": "x", "n": 1},
        "sealed": {"key": "s"},
        "hook": "h",
    }
    return ConnectionRow(**(fixed | {"id": new_id(), "name": f"c{new_id().hex}", "is_default": True} | given))


async def test_the_last_publication_is_live(store: Store) -> None:
    assert await store.live() is None
    first = await published(store)
    second = await published(store, sources={}, graphs={"g1": b'{"n": 1.0}', "g2": b"[]"})
    assert await store.live() == second.id
    assert await store.publication(first.id) == first
    assert await store.publication(second.id) == second
    await store.publish(first)
    assert await store.live() == first.id
    assert await store.graph("g1") == b'{"n": 1.0}'
    assert await store.graph("g2") == b"[]"
    assert await store.graph("g3") is None
    assert await store.publication(new_id()) is None


async def test_a_publication_keeps_its_limits_and_events(store: Store) -> None:
    made = await published(store, limits=b'[{"n": 1.0}]', events=b'{"e": {}}')
    assert await store.publication(made.id) == made


async def test_what_an_account_holds_is_kept_without_touching_the_rest(store: Store) -> None:
    row = connection()
    await store.save_connection(row)
    renamed = replace(row, name=f"{row.name}-b", sealed={"key": "another"})
    await store.save_connection(renamed)
    await store.keep_choices(row.id, b'{"stages":[]}')
    (found,) = await store.connections()
    assert found.looked_up_at is not None
    assert found == replace(renamed, choices=b'{"stages":[]}', looked_up_at=found.looked_up_at)
    await store.keep_choices(new_id(), b"{}")
    assert await store.connections() == [found]


async def test_a_connection_remembers_the_hook_before(store: Store) -> None:
    row = connection(old_hook="before", old_hook_until=await store.now())
    await store.save_connection(row)
    assert await store.connections() == [row]


async def test_a_removed_connection_takes_its_values_along(store: Store) -> None:
    row, other = connection(), connection(is_default=False)
    for each in (row, other):
        await store.save_connection(each)
        await store.put_value(each.id, "k", b"1", None)
    assert await store.remove_connection(row.id)
    assert not await store.remove_connection(row.id)
    assert await store.connections() == [other]
    assert [await store.get_value(each.id, "k") for each in (row, other)] == [None, b"1"]


async def test_schedules_begin_with_the_publication(store: Store, pass_time: PassTime) -> None:
    (known,) = (await store.planned(["known"])).values()
    await pass_time(0.05)
    made = Publication(id=new_id(), created_at=await store.now(), sources={}, graphs={})
    await store.publish(made, begins=["known", "new"])
    found = await store.planned(["new", "known"])
    assert min(found.values()) > known
    assert not await store.fire("new", known, known, [])


async def test_a_webhook_keeps_its_first_secret(store: Store) -> None:
    first, later, other = (WebhookRow(new_id(), name, hook) for name, hook in (("b", "1"), ("b", "2"), ("a", "3")))
    for rows in ([first], [later, other]):
        made = Publication(id=new_id(), created_at=await store.now(), sources={}, graphs={})
        await store.publish(made, webhooks=rows)
    assert await store.webhooks() == [other, first]


async def test_a_connection_is_saved_and_replaced(store: Store) -> None:
    row = connection()
    await store.save_connection(row)
    changed = replace(row, choices=b'{"stages": []}', looked_up_at=await store.now(), settings={}, is_default=False)
    await store.save_connection(changed)
    assert await store.connections() == [changed]


async def test_a_name_is_taken_once(store: Store) -> None:
    row = connection()
    await store.save_connection(row)
    with pytest.raises(NameTaken):
        await store.save_connection(replace(row, id=new_id()))
    assert await store.connections() == [row]


async def test_api_keys_are_known_by_their_digest(store: Store) -> None:
    digest = hashlib.sha256(new_id().bytes).digest()
    assert not await store.has_keys()
    key = new_id()
    await store.save_key(key, "first", digest)
    await store.save_key(key, "first", digest)
    assert await store.has_keys()
    assert await store.knows_key(digest)
    assert not await store.knows_key(hashlib.sha256(b"other").digest())


async def test_a_value_is_put_and_runs_out(store: Store, pass_time: PassTime) -> None:
    assert await store.get_value(CONNECTION, "k") is None
    await store.put_value(CONNECTION, "k", b"\0\xff", None)
    assert await store.get_value(CONNECTION, "k") == b"\0\xff"
    assert await store.get_value(new_id(), "k") is None
    await store.put_value(CONNECTION, "k", b"2", 0.1)
    assert await store.get_value(CONNECTION, "k") == b"2"
    await pass_time(0.15)
    assert await store.get_value(CONNECTION, "k") is None
    assert await store.swap_value(CONNECTION, "k", None, b"3")


async def test_a_value_is_swapped_only_from_what_is_expected(store: Store) -> None:
    assert not await store.swap_value(CONNECTION, "k", b"1", b"2")
    assert await store.swap_value(CONNECTION, "k", None, None)
    assert await store.swap_value(CONNECTION, "k", None, b"1")
    assert not await store.swap_value(CONNECTION, "k", None, b"2")
    assert not await store.swap_value(CONNECTION, "k", None, None)
    assert not await store.swap_value(CONNECTION, "k", b"2", None)
    assert await store.swap_value(CONNECTION, "k", b"1", b"2")
    assert await store.get_value(CONNECTION, "k") == b"2"
    assert await store.swap_value(CONNECTION, "k", b"2", None)
    assert await store.get_value(CONNECTION, "k") is None


async def test_what_is_swapped_in_runs_out(store: Store, pass_time: PassTime) -> None:
    assert await store.swap_value(CONNECTION, "k", None, b"1", 0.1)
    assert await store.swap_value(CONNECTION, "k", b"1", b"2", 0.1)
    assert await store.get_value(CONNECTION, "k") == b"2"
    await pass_time(0.15)
    assert await store.get_value(CONNECTION, "k") is None
    assert await store.swap_value(CONNECTION, "k", None, b"3")
    await pass_time(0.15)
    assert await store.get_value(CONNECTION, "k") == b"3"


async def test_one_of_many_swaps(store: Store) -> None:
    swaps = (store.swap_value(CONNECTION, "k", None, b"%d" % number) for number in range(10))
    assert sum(await asyncio.gather(*swaps)) == 1
