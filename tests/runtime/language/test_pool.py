"""The language processes: what becomes of questions when one is killed, hangs, is asked too much or by too many."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from treadle.dsl.facade import compile_files
from treadle.runtime.host import PluginHost
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.language import pool as pools
from treadle.runtime.language import shapes
from treadle.runtime.language.base import Base
from treadle.runtime.language.pool import LanguageBusy, LanguageFull, LanguagePool
from treadle.runtime.machine.program import Program

FILES = {"a.rule": "let a = 1\n", "b.rule": "event thing\n  size: int\n"}
RULE = """rule "Big"
  when thing as it
  do
    if it.size > 3
      log "big"
    log "seen"
"""


def base(files: dict[str, str] = FILES, revision: str = "1", programs: tuple[Program, ...] = ()) -> Base:
    return Base(revision, files, programs, {}, "UTC")


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """A machine that is busy with other tests is no reason to fail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "PATIENCE", 60.0)
        patch.setattr(pools, "HANGS", 60.0)
        yield


@pytest.fixture
async def pool() -> AsyncIterator[LanguagePool]:
    made = LanguagePool(PluginHost.of([]).specs)
    yield made
    await made.close()


async def check(
    pool: LanguagePool, text: str = RULE, on: Base | None = None, workspace: UUID = DEFAULT_WORKSPACE
) -> dict[str, Any]:
    asked = shapes.ToCheck(file="c.rule", text=text, everywhere=True)
    answer: dict[str, Any] = msgspec.json.decode(await pool.ask(workspace, "check", asked, on or base()))
    return answer


def is_gone(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def given_to(pid: int) -> str:
    return "".join(Path(f"/proc/{pid}/{name}").read_text() for name in ("environ", "cmdline"))


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_nothing_runs_before_the_first_question_or_after_the_end() -> None:
    pool = LanguagePool(PluginHost.of([]).specs)
    assert pool.processes() == []
    await check(pool)
    (pid,) = pool.processes()
    await pool.close()
    assert is_gone(pid)


async def test_it_knows_what_the_workspace_is_now(pool: LanguagePool) -> None:
    assert [each["code"] for each in (await check(pool))["diagnostics"]] == ["W201"]
    other = {"b.rule": FILES["b.rule"].replace("size", "length")}
    found = await check(pool, on=base(other, "2"))
    assert {each["file"] for each in found["diagnostics"]} == {"c.rule"}
    assert found["base"] == "2"
    assert (await check(pool, on=base({}, "3")))["diagnostics"][0]["file"] == "c.rule"
    other_workspace = await check(pool, on=base({}), workspace=new_id())
    assert any(each["severity"] == "error" for each in other_workspace["diagnostics"])
    assert len(pool.processes()) == 1


async def test_steps_have_the_ids_of_the_live_version(pool: LanguagePool) -> None:
    live = compile_files({**FILES, "c.rule": RULE}, PluginHost.of([]).catalogue())
    on = base(programs=tuple(Program(each, each.version()) for each in live.partial))
    swapped = RULE.replace('    log "seen"\n', "").replace("    if", '    log "seen"\n    if')
    asked = shapes.ToGraph(file="c.rule", text=swapped)
    answer = msgspec.json.decode(await pool.ask(DEFAULT_WORKSPACE, "graph", asked, on), type=shapes.Graphs)
    texts = {node.id: swapped[node.span.start : node.span.end] for node in answer.graphs[0].graph.nodes.values()}
    assert texts["log_2"] == 'log "seen"'
    fresh = msgspec.json.decode(await pool.ask(DEFAULT_WORKSPACE, "graph", asked, base()), type=shapes.Graphs)
    texts = {node.id: swapped[node.span.start : node.span.end] for node in fresh.graphs[0].graph.nodes.values()}
    assert texts["log"] == 'log "seen"'


async def test_a_killed_process_is_replaced(pool: LanguagePool) -> None:
    before = await check(pool)
    (pid,) = pool.processes()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: is_gone(pid))
    with pytest.raises(LanguageBusy):
        await check(pool)
    assert await check(pool) == before
    assert pool.processes() != [pid]


async def test_a_hanging_process_is_replaced(pool: LanguagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await check(pool)
    (pid,) = pool.processes()
    monkeypatch.setattr(pools, "HANGS", 0.3)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(LanguageBusy):
        await check(pool)
    assert is_gone(pid)
    monkeypatch.undo()
    assert await check(pool) == before


async def test_nobody_waits_longer_than_patience(pool: LanguagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    await check(pool)
    (pid,) = pool.processes()
    monkeypatch.setattr(pools, "PATIENCE", 0.2)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(LanguageBusy):
        await check(pool)
    os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    await check(pool)
    assert pool.processes() == [pid], "it answered after all, and nobody listened"


async def test_too_many_questions_are_refused_at_once(pool: LanguagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    await check(pool)
    (pid,) = pool.processes()
    os.kill(pid, signal.SIGSTOP)
    asked = [asyncio.create_task(check(pool)) for _ in range(pools.MOST_WAITING + 5)]
    await until(lambda: any(each.done() for each in asked))
    os.kill(pid, signal.SIGCONT)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    refused = [each for each in ended if isinstance(each, LanguageFull)]
    assert 3 <= len(refused) <= 5
    assert all(isinstance(each, dict) for each in ended if each not in refused)


async def test_it_is_given_no_secret(pool: LanguagePool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "ENCRYPTION_KEYS", "TREADLE_KEY", "SENTRY_DSN", "OPENROUTER_API_KEY"):
        monkeypatch.setenv(name, "hunter2")
    await check(pool)
    (pid,) = pool.processes()
    assert "hunter2" not in given_to(pid)


@pytest.mark.slow
def test_it_ends_with_its_parent() -> None:
    program = """
        import asyncio, sys
        from tests.runtime.language.test_pool import check
        from treadle.runtime.language.pool import LanguagePool
        async def main():
            pool = LanguagePool({})
            await check(pool)
            print(*pool.processes(), flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    root = Path(__file__).parents[3]
    argv = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)
        parent.kill()
    ends = time.monotonic() + 20
    while not is_gone(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    assert is_gone(pid)
