"""The folder of the VS Code extension: what it declares is there, and its grammar colours every construct."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.editors.textmate import grammar, tokens

from treadle.dsl.parser import engine, words
from treadle.dsl.parser.stops import words_of

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "editors" / "vscode"
_SAMPLES = sorted((_ROOT / "tests" / "samples" / "rules").glob("*.rule"))
_CASES = sorted((_ROOT / "tests" / "dsl" / "cases" / "format").glob("*.txt"))


def _scope(text: str, word: str, number: int = 0) -> str:
    """The innermost scope of a word, of those that are spelt so the one of a number."""
    return [each for each in tokens(text) if each.text.strip() == word][number].scopes[-1]


@pytest.mark.parametrize("path", [*_SAMPLES, *_CASES], ids=lambda path: path.name)
def test_every_token_has_a_scope(path: Path) -> None:
    bare = [each for each in tokens(path.read_text(encoding="utf-8")) if len(each.scopes) == 1]
    assert not [each for each in bare if not re.fullmatch(r"[=\-! ]+.*", each.text)]


@pytest.mark.parametrize(
    ("text", "word", "scope"),
    [
        ("use kommo", "use", "keyword.control.import"),
        ('rule "A"', "rule", "storage.type"),
        ("shared let x = 1", "shared", "storage.modifier"),
        ("shared let x = 1", "x", "entity.name.type"),
        ("  when kommo.lead_created as lead", "when", "keyword.other.clause"),
        ("  when kommo.lead_created as lead", "lead_created", "variable.other.property"),
        ("  when kommo.lead_created as lead", "as", "keyword.other"),
        ("  where lead.name is set", "name", "variable.other.property"),
        ("  where lead.name is set", "is set", "keyword.operator.word"),
        ("    wait 15 min", "wait", "keyword.control"),
        ("    wait 15 min", "min", "keyword.other.unit"),
        ("    x = 3 business days", "business days", "keyword.other.unit"),
        ("let d = 2026-11-23", "2026-11-23", "constant.other.date"),
        ("  only during mon-fri 09:00-19:00", "09:00", "constant.other.time"),
        ("  only during mon-fri 09:00-19:00", "mon", "constant.language.day"),
        ("    kommo.add_note(text: note)", "text", "variable.parameter"),
        ("    hello: kommo.add_note(text: note)", "hello", "entity.name.label"),
        ("  order_id: int", "int", "support.type"),
        ('    log "a {lead.name} b"', "lead", "variable.other"),
        ('    log "a {lead.name} b"', "a", "string.quoted.double"),
        ('    log "a \\{ b"', "\\{", "constant.character.escape"),
        ('  where x matches "a{2}"', '"a{2}"', "string.regexp"),
        ("let a = any(b, c => c > 1)", "any", "entity.name.function"),
        ("let a = any(b, c => c > 1)", "=>", "storage.type.function.arrow"),
        ("let a = true  # yes", "# yes", "comment.line"),
    ],
)
def test_what_a_word_is_shown_as(text: str, word: str, scope: str) -> None:
    assert _scope(text, word).startswith(scope)


def test_a_text_of_several_lines_ends_where_it_ends() -> None:
    found = tokens('let a = """\n  one {b} "two"\n"""\nlet c = 1\n')
    assert [each.scopes[-1] for each in found if each.text == "let"] == ["storage.type.treadle"] * 2
    assert all("string.quoted.triple.treadle" in each.scopes for each in found if each.line == 1)


def test_the_grammar_knows_every_word_of_the_language() -> None:
    known = json.dumps(grammar())
    terminals = re.findall(r"^([A-Z]+)\.2: /", engine.GRAMMAR.read_text(encoding="utf-8"), re.MULTILINE)
    spelt = {*words.RESERVED, *words.DECLARATIONS, *words_of(frozenset(terminals))}
    assert [each for each in sorted(spelt) if not re.search(rf"\b{each}\b", known)] == []


def test_the_package_is_whole(tmp_path: Path) -> None:
    package = json.loads((_FOLDER / "package.json").read_text(encoding="utf-8"))
    assert (_FOLDER / package["main"]).is_file()
    for language in package["contributes"]["languages"]:
        json.loads((_FOLDER / language["configuration"]).read_text(encoding="utf-8"))
    made = tmp_path / "treadle.vsix"
    subprocess.run([sys.executable, str(_FOLDER / "package.py"), str(made)], check=True)
    with zipfile.ZipFile(made) as packed:
        names = set(packed.namelist())
    assert {"[Content_Types].xml", "extension.vsixmanifest", "extension/package.json"} <= names
    assert {f"extension/{package['main'].removeprefix('./')}", "extension/syntaxes/treadle.tmLanguage.json"} <= names
