"""`treadle test`: the tests that stand in rule files. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadle.cli.catalogue import catalogue_option
from treadle.cli.files import paths_argument, sources
from treadle.cli.output import json_option

if TYPE_CHECKING:
    from treadle.dsl.catalogue import Catalogue
    from treadle.dsl.compiling import Build
    from treadle.runtime.trials.outcomes import Played
    from treadle.runtime.trials.suite import Suite


@click.command()
@paths_argument
@click.option("-k", "words", metavar="WORDS", default="", help="Only tests whose file and name hold all these words.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write JUnit XML too.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each test that passed, too.")
@catalogue_option
@json_option
def test(paths: tuple[Path, ...], words: str, junit: Path | None, verbose: bool, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Play the tests of these files and folders. Nothing leaves the machine; waits of days take no time."""
    import time

    from treadle.cli.faults import InputFault
    from treadle.cli.tested import Tested, print_json_report, print_tested
    from treadle.cli.world import catalogue_for
    from treadle.dsl.compiling import build
    from treadle.runtime.trials.suite import suite_of

    began = time.perf_counter()
    files = sources(paths)
    catalogue = catalogue_for(files)
    built = build(files, catalogue)
    suite = suite_of(built)
    chosen = suite.matching(words) if words else suite
    if words and not len(chosen):
        raise InputFault(f"No test matches {words!r}; there {'is' if len(suite) == 1 else 'are'} {len(suite)}.")
    played = _played(built, chosen, catalogue)
    tested = Tested(played, built.compiled.errors, files, time.perf_counter() - began)
    if junit is not None:
        from treadle.cli.junit import write_junit

        write_junit(tested, junit)
    if as_json:
        print_json_report(tested)
    else:
        print_tested(tested, verbose=verbose)
    if not tested.fine:
        raise click.exceptions.Exit(1)


def _played(built: Build, suite: Suite, catalogue: Catalogue) -> list[Played]:
    from treadle.cli.loop import run
    from treadle.runtime.trials.player import Player

    player = Player(built.compiled.partial, built.compiled.limits, catalogue)

    async def play() -> list[Played]:
        return [await player.play(trial) for trial in suite.trials]

    return sorted([*run(play()), *suite.blocked], key=lambda each: (each.file, each.span.start))
