"""What is sent and what is broken follow from seeds; the rules that are played are known to the checks."""

from __future__ import annotations

from collections import Counter

from acme import plugin
from chaos.mixed import hearing, rules
from chaos.plan import KINDS, plan
from chaos.sender import PER_CUSTOMER, Orders

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import compile_files
from treadle.runtime.host import PluginHost

SEEDS = range(20)


def test_a_seed_gives_the_same_faults_and_all_of_them_end_in_time():
    for seed in SEEDS:
        planned = plan(seed, 600)
        assert planned == plan(seed, 600)
        assert all(each.at + each.lasts <= 600 for each in planned)
        assert planned == sorted(planned, key=lambda each: each.at)
        assert {each.kind for each in planned} == set(KINDS)
    assert plan(1, 600) != plan(2, 600)
    assert {each.kind for each in plan(1, 200, ["cut"])} == {"cut"}
    assert plan(1, 5) == plan(1, 600, []) == []


def test_a_seed_gives_the_same_deliveries():
    def sent(seed: int) -> list[tuple[dict, ...]]:
        orders = Orders(seed)
        return [items for tick in range(400) for items in orders.tick(tick * 0.2)]

    for seed in SEEDS:
        deliveries = sent(seed)
        assert deliveries == sent(seed)
        counts = Counter((item["kind"], item["id"]) for items in deliveries for item in items)
        assert {order for kind, order in counts if kind == "placed"} >= set(range(1, 380))
        assert max(counts.values()) > 1
        assert any(len(items) == 2 for items in deliveries)
        first = {}
        for at, items in enumerate(deliveries):
            for item in items:
                first.setdefault((item["kind"], item["id"]), at)
        assert any(at < first.get(("placed", order), 0) for (kind, order), at in first.items() if kind == "changed")
        customers = Counter(item["total"] for items in deliveries for item in items if "total" in item)
        assert sum(customers.values()) / len(customers) > PER_CUSTOMER - 1


def test_the_rules_are_clean_can_go_live_and_are_known_to_the_checks():
    texts = rules()
    compiled = compile_files(texts, Catalogue(plugins=PluginHost.of([plugin]).specs))
    assert not compiled.errors
    heard = hearing(texts.values())
    assert heard["event.order_settled"] == {"Hear of it"}
    assert {rule for rules in heard.values() for rule in rules} | {"Tick", "Pack"} == {
        graph.name for graph in compiled.partial
    }
