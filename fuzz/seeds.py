"""Holds the laws against the texts of many seeds. Owns what a failure is and where its text is kept."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import NamedTuple

from fuzz.laws import LAWS
from fuzz.texts import text_of


class Failure(NamedTuple):
    """A seed whose text breaks a law; `where` is the last line of ours that was running."""

    seed: int
    law: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.law}: {self.what} ({self.where})"


def try_seeds(seeds: Iterable[int], folder: Path | None = None) -> list[Failure]:
    """The failures of the seeds; the text of each is written to `folder`."""
    found = [failure for seed in seeds for failure in try_text(text_of(seed), seed)]
    if folder is not None:
        for each in found:
            keep(each, folder)
    return found


def try_text(text: str, seed: int) -> list[Failure]:
    """The laws that the text breaks; `seed` decides what is done with it."""
    found = []
    for law in LAWS:
        try:
            law(text, Random(seed))
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error}"
            found.append(Failure(seed, law.__name__, what[:300], f"{Path(place.filename).name}:{place.lineno}"))
    return found


def keep(failure: Failure, folder: Path) -> None:
    """Writes the text of a failure as a case: `=== what it shows`, then the text."""
    folder.mkdir(parents=True, exist_ok=True)
    title = f"=== {failure.law}, seed {failure.seed}: {failure.what.splitlines()[0][:120]}\n"
    data = (title + text_of(failure.seed)).encode("utf-8", "surrogatepass")
    (folder / f"{failure.law}-{failure.seed}.txt").write_bytes(data)
