"""What connected accounts hold, as a file that stands beside the rules: `treadle catalogue pull` writes it, `treadle
check` reads it where no database is.

Owns the format and its order: the same text for the same accounts, one value a line, so that git shows what changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from treadle.dsl.catalogue import Account, Choice

FORMAT = 1
MOST_FORMER = 5  # names that one value is remembered under


class NoAccounts(ValueError):
    """A text that is no catalogue file; the message says why in one sentence."""


class _Stored(msgspec.Struct, omit_defaults=True):
    plugin: str
    default: bool = False
    choices: dict[str, tuple[Choice, ...]] = {}


class _File(msgspec.Struct):
    format: int
    accounts: dict[str, _Stored] = {}


def read(text: str | bytes) -> dict[str, Account]:
    """The accounts of a catalogue file, by connection name. Raises `NoAccounts`."""
    try:
        found = msgspec.json.decode(text, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoAccounts(f"this is no catalogue file: {error}") from None
    if found.format != FORMAT:
        raise NoAccounts(f"this catalogue file has the format {found.format}; this version reads {FORMAT}")
    return {name: Account(each.plugin, name, each.choices, each.default) for name, each in found.accounts.items()}


def write(accounts: Mapping[str, Account]) -> str:
    """The file's text."""
    blocks = [_account(name, accounts[name]) for name in sorted(accounts)]
    return f'{{\n  "format": {FORMAT},\n  "accounts": {{' + ",".join(blocks) + ("\n  " if blocks else "") + "}\n}\n"


def _account(name: str, account: Account) -> str:
    kinds = [_kind(kind, account.choices[kind]) for kind in sorted(account.choices)]
    default = '\n      "default": true,' if account.default else ""
    choices = ",".join(kinds) + ("\n      " if kinds else "")
    return (
        f'\n    {_json(name)}: {{\n      "plugin": {_json(account.plugin)},{default}'
        f'\n      "choices": {{{choices}}}\n    }}'
    )


def _kind(kind: str, choices: Sequence[Choice]) -> str:
    ordered = sorted(choices, key=lambda each: (each.within or "", each.name, each.id))
    lines = ",".join(f"\n          {_json(each)}" for each in ordered)
    return f"\n        {_json(kind)}: [{lines}" + ("\n        ]" if lines else "]")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def remembering(
    before: Mapping[str, Sequence[Choice]], now: Mapping[str, Sequence[Choice]]
) -> dict[str, tuple[Choice, ...]]:
    """`now`, where each value knows the names that its id had in `before`."""
    return {kind: _remembered(before.get(kind, ()), choices) for kind, choices in now.items()}


def _remembered(before: Sequence[Choice], now: Sequence[Choice]) -> tuple[Choice, ...]:
    known = {each.id: each for each in before}
    return tuple(_with_names_of(known[each.id], each) if each.id in known else each for each in now)


def _with_names_of(old: Choice, new: Choice) -> Choice:
    names = dict.fromkeys((*new.formerly, old.name, *old.formerly))
    formerly = tuple(name for name in names if name != new.name)[:MOST_FORMER]
    return msgspec.structs.replace(new, formerly=formerly)
