"""Catalogue files: what is written is read again, the same accounts give the same text, former names stay known."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl.accounts_file import MOST_FORMER, NoAccounts, read, remembering, write
from treadle.dsl.catalogue import Account, Choice

RECORDED = Path(__file__).parents[2] / "samples" / "rules" / "catalogue.json"

texts = st.text(max_size=8)
choices = st.builds(
    Choice,
    texts,
    texts,
    st.none() | texts,
    st.sampled_from([None, "text?", "json"]),
    st.lists(texts, max_size=2).map(tuple),
)
kinds = st.dictionaries(texts, st.lists(choices, max_size=4).map(tuple), max_size=3)


@given(st.dictionaries(texts, st.tuples(texts, kinds, st.booleans()), max_size=3))
def test_what_is_written_is_read_again(
    given_accounts: dict[str, tuple[str, dict[str, tuple[Choice, ...]], bool]],
) -> None:
    accounts = {name: Account(plugin, name, held, main) for name, (plugin, held, main) in given_accounts.items()}
    text = write(accounts)
    assert text.endswith("}\n")
    assert write(read(text)) == text
    found = read(text)
    assert {name: (each.plugin, each.default) for name, each in found.items()} == {
        name: (each.plugin, each.default) for name, each in accounts.items()
    }
    for name, account in accounts.items():
        for kind, many in account.choices.items():
            assert sorted(found[name].choices[kind], key=repr) == sorted(many, key=repr)


def test_the_recorded_file_is_in_its_one_form() -> None:
    text = RECORDED.read_text(encoding="utf-8")
    accounts = read(text)
    assert {each.plugin for each in accounts.values()} == {"kommo", "openrouter", "supabase"}
    assert write(accounts) == text
    shuffled = {
        name: msgspec.structs.replace(
            each, choices={kind: tuple(random.sample(many, len(many))) for kind, many in reversed(each.choices.items())}
        )
        for name, each in reversed(accounts.items())
    }
    assert write(shuffled) == text


def test_one_more_value_is_one_more_line() -> None:
    text = RECORDED.read_text(encoding="utf-8")
    accounts = read(text)
    kommo = accounts["kommo-main"]
    grown = {**kommo.choices, "stages": (*kommo.choices["stages"], Choice("5105", "Paid", "Sales"))}
    more = write({**accounts, "kommo-main": msgspec.structs.replace(kommo, choices=grown)}).splitlines()
    (line,) = [each for each in more if each not in text.splitlines()]
    assert "Paid" in line
    assert len(more) == len(text.splitlines()) + 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "accounts": {"a": {}}}', b"\xff"])
def test_what_is_no_catalogue_file(text: str | bytes) -> None:
    with pytest.raises(NoAccounts, match="catalogue file"):
        read(text)


def test_former_names_are_remembered_newest_first() -> None:
    first = {"stages": (Choice("1", "Qualified", "Sales"), Choice("2", "Won"))}
    second = remembering(first, {"stages": (Choice("1", "Accepted", "Sales"), Choice("3", "New", "Sales"))})
    assert second == {
        "stages": (Choice("1", "Accepted", "Sales", formerly=("Qualified",)), Choice("3", "New", "Sales"))
    }
    third = remembering(second, {"stages": (Choice("1", "Agreed", "Sales"),)})
    assert third["stages"][0].formerly == ("Accepted", "Qualified")
    again = remembering(third, {"stages": (Choice("1", "Agreed", "Sales"),)})
    assert again == third
    back = remembering(third, {"stages": (Choice("1", "Qualified", "Sales"),)})
    assert back["stages"][0].formerly == ("Agreed", "Accepted")


def test_not_every_name_is_kept_for_ever() -> None:
    held = {"stages": (Choice("1", "0"),)}
    for number in range(1, 20):
        held = remembering(held, {"stages": (Choice("1", str(number)),)})
    assert held["stages"][0].formerly == tuple(str(number) for number in range(18, 18 - MOST_FORMER, -1))
