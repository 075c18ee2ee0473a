"""The documentation is true: rules check clean, links lead somewhere, the plugin runs, generated pages are current."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.dsl.evaluated import Evaluated, Given, assert_gives, read, read_lines
from tests.dsl.harness import Case, marks

from treadle.cli.program import ENTRIES
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.codes import every
from treadle.dsl.facade import compile_files
from treadle.dsl.formatter import format_text
from treadle.runtime.host import PluginHost
from treadle.sdk import Plugin, hookspecs
from treadle.sdk.schema import plugin_spec

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "tests/dsl/cases/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "plugins").glob("*/README.md")),
]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


RULES = [
    pytest.param(block, id=f"{page.stem}-{n}") for page in PAGES for n, block in enumerate(_blocks(page, "treadle"))
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return PluginHost.load().catalogue()


def test_there_are_rules_to_check() -> None:
    assert len(RULES) >= 35


@pytest.mark.parametrize("text", RULES)
def test_a_rule_in_the_docs_has_the_errors_that_it_says_and_no_other(text: str, catalogue: Catalogue) -> None:
    found = compile_files({"page.rule": text}, catalogue).diagnostics
    said = sorted((mark.line, mark.code) for mark in marks(text))

    assert sorted((each.span.line, each.code) for each in found if each.severity == "error") == [
        each for each in said if each[1].startswith("E")
    ], found
    assert {each for each in said if each[1].startswith("W")} <= {(each.span.line, each.code) for each in found}


@pytest.mark.parametrize("text", RULES)
def test_a_rule_in_the_docs_is_in_canonical_form(text: str) -> None:
    assert format_text(text).text == text


def _values(block: str) -> list[Evaluated]:
    return read(Case("docs", block, "")) if "--- gives" in block else read_lines(block, "docs", Given())


VALUES = [
    pytest.param(line, id=f"{page.stem}-{n}-{line.expression}")
    for page in PAGES
    for n, block in enumerate(_blocks(page, "evaluate"))
    for line in _values(block)
]


@pytest.mark.parametrize("line", VALUES)
def test_a_value_in_the_docs_is_what_it_says(line: Evaluated) -> None:
    assert_gives(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", _prose(page))
    places = [((page.parent / link) if link else page, anchor) for link, anchor in links]

    assert [str(at) for at, _ in places if not at.exists()] == []
    assert [(at.name, anchor) for at, anchor in places if anchor and anchor not in _anchors(at)] == []


def test_every_page_is_reached_from_the_readme() -> None:
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        left += [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", _prose(page))]

    pages = set((ROOT / "docs").rglob("*.md")) - set((ROOT / "docs/decisions").iterdir())
    assert sorted(str(page.relative_to(ROOT)) for page in pages - seen) == []


def _prose(page: Path) -> str:
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def _anchors(page: Path) -> set[str]:
    titles = (re.sub(r"[`*]", "", title) for title in re.findall(r"^#+ (.*)$", _prose(page), re.M))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_code_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"\b([EW][0-9]{3})\b", page.read_text(encoding="utf-8")))

    assert named - every().keys() == set()


def test_the_plugin_of_the_how_to_page_is_a_plugin() -> None:
    (source, *_) = _blocks(ROOT / "docs/how-to/write-a-plugin.md", "python")
    names: dict[str, object] = {"__name__": "treadle_acme"}

    exec(compile(source, "treadle_acme.py", "exec", dont_inherit=True), names)

    plugin = names["plugin"]
    assert isinstance(plugin, Plugin)
    assert list(plugin_spec(plugin).actions) == ["cancel_order"]


def test_every_command_is_in_the_readme() -> None:
    (section,) = re.findall(r"^## The command line\n(.*?)^## ", PAGES[0].read_text(encoding="utf-8"), re.M | re.S)
    shown = " ".join(re.findall(r"`([^`]+)`", section)).split()

    assert sorted(ENTRIES.keys() - set(shown)) == []


def test_every_hook_is_in_the_docs() -> None:
    text = (ROOT / "docs/how-to/write-a-plugin.md").read_text(encoding="utf-8")
    hooks = [name for name, value in vars(hookspecs).items() if getattr(value, "treadle_spec", None)]

    assert len(hooks) >= 4
    assert [name for name in hooks if f"`{name}" not in text] == []


def test_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_grammar_defines_every_name_that_it_uses() -> None:
    blocks, lines = _blocks(ROOT / "docs/reference/grammar.md", "text")
    grammar = re.sub(r"\"[^\"]*\"|'[^']*'", "", blocks + lines)
    defined = re.findall(r"^([a-z_]+) +::=", grammar, re.M)
    used = set(re.findall(r"\b[a-z_]+\b", re.sub(r"^[a-z_]+ +::=", "", grammar, flags=re.M)))

    assert sorted(used - set(defined)) == ["approve", "wait_for"]
    assert len(defined) == len(set(defined))
    assert sorted(set(defined) - used) == ["file"]
