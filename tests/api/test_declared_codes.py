"""A route declares the codes that its code raises: read from the source, so that none is forgotten."""

import ast
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from treadle.api.answers import CHANGING, GUARDED
from treadle.api.app import create_api
from treadle.api.problems import CODES
from treadle.runtime.engine import Engine


class Unused(Engine):
    def __init__(self) -> None: ...


def handlers() -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in create_api(Unused()).routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1"):
            for verb, (handler, _) in sorted(route.route_handler_map.items()):  # its order changes with the process
                if verb != "OPTIONS":
                    yield verb, route.path, handler


def raised(function: Any, seen: set[Any]) -> list[set[str]]:
    """The codes in `Refused("...")` of a function, and of each function of the API that it names: of one that knows
    several, such as a translator that routes share, at least one has to be declared. What requests meet is checked too.
    """
    function = inspect.unwrap(function)
    if function in seen:
        return []
    seen.add(function)
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    module = vars(sys.modules[function.__module__])
    own: set[str] = set()
    found: list[set[str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("Refused"), args=[ast.Constant(str(code)), *_]):
                own.add(code)
            case ast.Name(name) if inspect.isfunction(used := module.get(name)):
                if used.__module__.startswith("treadle.api"):
                    found += raised(used, seen)
    return [own, *found] if own else found


@pytest.mark.parametrize(
    ("verb", "path", "handler"), [pytest.param(*each, id=f"{each[0]} {each[1]}") for each in handlers()]
)
def test_a_route_declares_what_it_raises(verb: str, path: str, handler: HTTPRouteHandler) -> None:
    declared = set(handler.opt.get("codes", ())) | {"bad_request", "not_found", *GUARDED, *CHANGING}
    for position, codes in enumerate(raised(handler.fn, set())):
        told = codes <= declared if position == 0 else codes & declared
        assert told, f"add codes={(*sorted(codes),)} to the decorator of {handler.fn.__qualname__}"
    assert declared <= set(CODES), f"{declared - set(CODES)} are not in CODES of api/problems.py"
