from __future__ import annotations

import stat

import pytest
from acme import plugin

from treadle.runtime.access import SYSTEM
from treadle.runtime.connections import ConnectionUnknown
from treadle.runtime.engine import FieldsInvalid, open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.keys import ensure_key
from treadle.runtime.people import people_of
from treadle.runtime.people.callers import by_key
from treadle.runtime.ports import NameTaken
from treadle.sdk import Plugin

GOOD = 'use acme\n\nrule "Good"\n  when acme.order_placed as order\n  do\n    log "good"\n'
OTHER = 'use acme\n\nrule "Other"\n  when acme.order_placed as order\n  do\n    log "one"\n'
BROKEN = 'use acme\n\nrule "Other"\n  when acme.order_plced as order\n  do\n    log "two"\n'


async def test_connections_are_sealed_named_and_have_a_default(shop, sink):
    view = await shop.engine.connections.add("acme", None, {"base_url": sink.url, "key": "another-secret"})
    assert (view.name, view.is_default, view.settings) == ("acme-main", False, {"base_url": sink.url})
    rows = await shop.engine.store.connections()
    assert all("secret" not in text for row in rows for text in (*row.sealed.values(), row.hook))
    assert [each.name for each in await shop.engine.connections.list()] == ["acme-main", "shop"]
    assert shop.engine.connections.find("acme-main").instance.key.reveal() == "another-secret"
    assert shop.engine.redactor.text("x another-secret x") == "x *** x"


@pytest.mark.parametrize(
    ("plugin_name", "fields", "says"),
    [
        ("acme", {"base_url": "http://x"}, "missing: key"),
        ("acme", {"base_ur": "http://x", "key": "k"}, "did you mean base_url"),
        ("nothing", {}, "there are acme"),
    ],
)
async def test_fields_that_do_not_fit_are_said(shop, plugin_name, fields, says):
    with pytest.raises(FieldsInvalid, match=says):
        await shop.engine.connections.add(plugin_name, None, fields)


async def test_a_name_is_given_once(shop, sink):
    with pytest.raises(NameTaken):
        await shop.engine.connections.add("acme", "shop", {"base_url": sink.url, "key": "k"})


async def test_asking_the_service(shop):
    assert await shop.engine.connections.test("shop") == "hello shop"
    choices = await shop.engine.connections.look_up("shop")
    assert [each.name for each in choices["tags"]] == ["gold", "silver"]
    assert (await shop.engine.world()).accounts["shop"].choices == choices
    with pytest.raises(ConnectionUnknown):
        await shop.engine.connections.test("nobody")


async def test_a_connection_made_by_another_process_is_found_at_once(shop, settings, sink):
    async with open_engine(settings, host=PluginHost.of([plugin])) as other:
        view = await other.connections.add("acme", "fresh", {"base_url": sink.url, "key": "another-secret"})
    secret = view.hook_url.split("/")[3]
    assert (await shop.engine.receive("fresh", secret, {}, b"[]")).accepted == 0


async def test_rules_published_by_another_process_are_followed(shop, settings):
    async with open_engine(settings, host=PluginHost.of([plugin])) as other:
        assert (await other.publish({"good.rule": GOOD})).program is not None
    await shop.until(lambda: shop.engine.live.publication)
    assert (await shop.engine.explain(await shop.placed())).outcome == "fired"


async def test_a_set_with_errors_changes_nothing(shop):
    await shop.engine.publish({"good.rule": GOOD})
    before = shop.engine.live.publication
    compiled = await shop.engine.publish({"good.rule": GOOD, "other.rule": BROKEN})
    assert compiled.program is None
    assert "did you mean" in str(compiled.diagnostics)
    assert await shop.engine.store.live() == before


async def test_steps_keep_their_ids_from_one_publication_to_the_next(shop, settings):
    await shop.engine.publish({"good.rule": GOOD})
    async with open_engine(settings, host=PluginHost.of([plugin])) as other:  # knows nothing of it yet
        compiled = await other.publish({"good.rule": GOOD.replace('log "good"', 'log "new"\n    log "good"')})
    (graph,) = compiled.partial
    assert [(node.id, node.text.value) for node in graph.nodes.values()] == [("log_2", "new"), ("log", "good")]


async def test_the_same_set_is_not_published_again(shop):
    await shop.engine.publish({"good.rule": GOOD})
    before = shop.engine.live.publication
    await shop.engine.publish({"good.rule": GOOD})
    assert shop.engine.live.publication == before


async def test_a_broken_file_keeps_its_last_good_version(shop):
    async def heard(number):
        view = await shop.engine.explain(await shop.placed(number))
        return sorted(each.rule for each in view.explanation)

    compiled = await shop.engine.publish_sound({"good.rule": GOOD, "other.rule": BROKEN})
    assert compiled.errors
    assert await heard(1) == ["Good"]
    await shop.engine.publish_sound({"good.rule": GOOD, "other.rule": OTHER})
    assert await heard(2) == ["Good", "Other"]
    compiled = await shop.engine.publish_sound({"good.rule": GOOD.replace("Good", "Better"), "other.rule": BROKEN})
    assert compiled.errors
    assert await heard(3) == ["Better", "Other"]
    await shop.engine.publish_sound({"good.rule": GOOD})
    assert await heard(4) == ["Good"]


async def test_the_first_key_lies_in_the_home_and_opens_the_workspace(shop, tmp_path):
    store = shop.engine.store
    await ensure_key(store, tmp_path / "home")
    file = tmp_path / "home" / "key"
    key = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    people = people_of(shop.engine)
    assert (found := await by_key(people, key)) is not None
    assert (found.workspace_id, found.rights) == (store.workspace_id, SYSTEM.rights)
    await ensure_key(store, tmp_path / "home")
    assert file.read_text().strip() == key
    for wrong in ("", "trd_", key[:-1], key[:-1] + ("a" if key[-1] != "a" else "b"), "kéy", key + "\n"):
        assert await by_key(people, wrong) is None


def test_a_plugin_that_cannot_be_loaded_is_reported_and_the_others_run(monkeypatch):
    from importlib.metadata import EntryPoint

    points = [EntryPoint("broken", "no.such.module:plugin", "treadle"), EntryPoint("good", "acme:plugin", "treadle")]
    monkeypatch.setattr("treadle.runtime.host.entry_points", lambda group: points)
    host = PluginHost.load()
    assert list(host.plugins) == ["acme"]
    assert [(report.name, bool(report.error)) for report in host.reports] == [("broken", True), ("acme", False)]
    assert list(PluginHost.load(only={"broken"}).plugins) == []


def test_two_plugins_of_one_name_are_refused():
    with pytest.raises(ValueError, match="acme"):
        PluginHost.of([plugin, Plugin("acme")])


async def test_plugins_hear_that_a_run_ended(shop):
    import graphs as g

    from treadle.sdk import hookimpl

    heard = []

    class Listening:
        @hookimpl
        def run_ended(self, run_id, status):
            heard.append((run_id, status))

    class Failing:
        @hookimpl
        def run_ended(self):
            raise RuntimeError

    shop.engine.host.manager.register(Listening())
    shop.engine.host.manager.register(Failing())
    await shop.publish(g.rule("r", g.log("s1", "x")))
    await shop.placed()
    async with shop.working():
        (row,) = await shop.ended(1)
        await shop.until(lambda: heard)
    assert heard == [(str(row.id), "done")]
