import logging

import lark
import pytest

from treadle.dsl.parser import engine


def test_the_stored_tables_are_those_of_the_grammar() -> None:
    stored = engine.stored()
    assert stored is not None, "run `python -m treadle.dsl.parser.pregenerate`"
    built = engine.build()
    assert stored.data["options"] == built.data["options"]
    assert sorted(map(len, stored.data["parser"]["parser"]["states"].values())) == sorted(
        map(len, built.data["parser"]["parser"]["states"].values())
    )


def test_the_grammar_is_free_of_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """lark settles a shift against a reduction silently, and says so only where it is asked to."""
    caplog.set_level(logging.DEBUG, lark.logger.name)
    lark.Lark('start: start "+" start | "a"', parser="lalr", debug=True)
    assert "Shift/Reduce conflict" in caplog.text
    caplog.clear()
    grammar = engine.GRAMMAR.read_text(encoding="utf-8")
    lark.Lark(grammar, parser="lalr", start=list(engine.STARTS), maybe_placeholders=False, debug=True)
    assert "conflict" not in caplog.text
