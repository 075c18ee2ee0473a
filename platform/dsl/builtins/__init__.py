"""The functions of the language, one declaration object each: name, types, text, examples, behaviour.

`table()` is all of them. The checker reads the types, the evaluator the behaviour, the reference page and the tests the
texts and examples.
"""

from __future__ import annotations

from functools import cache

from treadle.dsl.builtins.declaration import Argument, Builtin, Callback, Form

__all__ = ["Argument", "Builtin", "Callback", "Form", "members", "table"]


@cache
def table() -> dict[str, Builtin]:
    """Every function by name, in the order of the reference page."""
    from treadle.dsl.builtins import conversions, lists, texts, times

    return {each.name: each for module in (lists, texts, conversions, times) for each in module.FUNCTIONS}


@cache
def members() -> dict[str, Builtin]:
    """Those written without parentheses behind a value, such as `weekday`."""
    return {name: each for name, each in table().items() if each.style == "member"}
