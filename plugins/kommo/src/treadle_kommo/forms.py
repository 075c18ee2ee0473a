"""Form bodies with PHP bracket keys, to a tree and back.

Owns the syntax alone: `a[b][0]=1` becomes `{"a": {"b": ["1"]}}`. What the keys mean is not known here. Reading takes
linear time, never recurses and never touches an object's attributes; keys are only ever keys of plain dicts.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote_plus

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"

MAX_BYTES = 2_000_000
"""Kommo's deliveries are a few kilobytes; two million bytes hold a thousand leads."""
MAX_KEYS = 20_000
MAX_DEPTH = 20
MAX_NODES = 30_000
"""Inner lists and dicts: a lead with thirty custom fields has about a hundred."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


class BadForm(ValueError):
    """The body is no form that we read. `code` is a stable slug, `status` the HTTP status to answer."""

    def __init__(self, message: str, *, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


def parse(body: bytes) -> dict[str, Tree]:
    """The body as a tree whose leaves are texts.

    A dict whose keys are exactly 0..n-1 becomes a list. When two keys contradict each other (`a[b]=1&a=2`) the later
    one stands. A key with unbalanced brackets is a plain name. U+0000, which no database text can hold, becomes U+FFFD.
    Raises `BadForm` when the body is too large, too deep, has too many keys, or is not percent-encoded UTF-8.
    """
    if len(body) > MAX_BYTES:
        raise BadForm("The form is larger than 2 MB.", code="form_too_large", status=413)
    if body.count(b"&") >= MAX_KEYS:
        raise BadForm(f"The form has more than {MAX_KEYS} fields.", code="form_too_many_fields")
    builder = _Builder()
    stem, node = "", builder.root
    for pair in _plain(body).split("&"):
        name, _, value = pair.partition("=")
        if "%" in pair:
            name = _unquoted(name) if "%" in name else name
            value = _unquoted(value)
        above, _, last = name.rpartition("[")
        if above and above == stem and len(last) > 1 and last.find("]") == len(last) - 1:
            node[last[:-1]] = value  # neighbours mostly share all but the last step
        elif pair:
            node = builder.put(name, value)
            stem = "" if node is builder.root else above
    return builder.finish()


def encode(tree: Mapping[str, Tree]) -> bytes:
    """The tree as PHP's `http_build_query` writes it: brackets encoded, a space as `+`, empty lists left out."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in _leaves(tree)).encode()


def items(node: Tree) -> Iterator[tuple[str, Tree]]:
    """The children of a list or a dict with their keys, numbered ones first and in the order of their numbers."""
    if isinstance(node, list):
        yield from ((str(index), child) for index, child in enumerate(node))
    elif isinstance(node, dict):
        yield from sorted(node.items(), key=lambda pair: (0, int(pair[0])) if _INDEX.fullmatch(pair[0]) else (1, 0))


def _plain(body: bytes) -> str:
    # Done once for the whole body what can be: brackets are nearly all the codes there are.
    body = body.replace(b"%5B", b"[").replace(b"%5D", b"]").replace(b"+", b" ").replace(b"\0", _NOT_NUL)
    return _utf8(body)


_NOT_NUL = "\ufffd".encode()
_TO_QP = bytes.maketrans(b"%=", b"=\xff")


def _unquoted(piece: str) -> str:
    # Quoted-printable is percent encoding with another sign, and its decoder runs in C: megabytes of percent
    # codes take milliseconds where urllib needs a second. It leaves broken codes alone, so the length betrays them.
    # 0xFF, which UTF-8 never uses, stands in for "=" meanwhile.
    raw = piece.encode()
    coded = raw.translate(_TO_QP)
    plain = a2b_qp(coded)
    if len(coded) - len(plain) != 2 * coded.count(b"=") or b"=\n" in coded or b"=\r" in coded:
        raise BadForm("The form holds a broken percent code.", code="form_bad_percent")
    if plain.count(b"\xff") != raw.count(b"="):
        raise BadForm("The form is not UTF-8 text.", code="form_bad_utf8")
    return _utf8(plain.replace(b"\xff", b"=").replace(b"\0", _NOT_NUL))


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadForm("The form is not UTF-8 text.", code="form_bad_utf8") from None


def _path(name: str) -> tuple[str, ...]:
    return _known_path(name) if len(name) <= _SHORT else _read_path(name)


def _read_path(name: str) -> tuple[str, ...]:
    if name.count("[") >= MAX_DEPTH:
        raise BadForm(f"The form is nested deeper than {MAX_DEPTH} levels.", code="form_too_deep")
    first, _, rest = name.partition("[")
    steps = rest[:-1].split("][")
    well_formed = first and rest.endswith("]") and not any("[" in step or "]" in step for step in steps)
    return (first, *steps) if well_formed else (name,)


_SHORT = 120  # characters; a bound on what is remembered
_known_path = lru_cache(maxsize=4096)(_read_path)


class _Builder:
    """Grows the tree. Remembers every inner dict with its place, children after their parents."""

    def __init__(self) -> None:
        self.root: dict[str, Tree] = {}
        self.made: list[tuple[dict[str, Tree], str, dict[str, Tree]]] = []
        self.appended: dict[int, int] = {}

    def put(self, name: str, value: str) -> dict[str, Tree]:
        """The group that has it now, where another name with the same stem belongs too; else the root."""
        *path, last = _path(name)
        node = self.root
        for step in path:
            node = self._child(node, step or self._next(node))
        node[last or (self._next(node) if path else last)] = value
        return node if all(path) else self.root

    def _child(self, node: dict[str, Tree], step: str) -> dict[str, Tree]:
        child = node.get(step)
        if isinstance(child, dict):
            return child
        if len(self.made) >= MAX_NODES:
            raise BadForm(f"The form has more than {MAX_NODES} lists and groups.", code="form_too_many_fields")
        made: dict[str, Tree] = {}
        node[step] = made
        self.made.append((node, step, made))
        return made

    def _next(self, node: dict[str, Tree]) -> str:
        """The key that `a[]` stands for."""
        index = self.appended.get(id(node), 0)
        while str(index) in node:
            index += 1
        self.appended[id(node)] = index + 1
        return str(index)

    def finish(self) -> dict[str, Tree]:
        for parent, key, node in reversed(self.made):
            # Most groups have names for keys, so one look tells; `is` leaves alone what a later key replaced.
            if "0" in node and parent.get(key) is node and all(str(index) in node for index in range(len(node))):
                parent[key] = [node[str(index)] for index in range(len(node))]
        return self.root


def _leaves(tree: Mapping[str, Tree]) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Tree]] = [(name, child) for name, child in reversed(list(tree.items()))]
    while waiting:
        name, node = waiting.pop()
        if isinstance(node, str):
            yield name, node
        else:
            pairs = enumerate(node) if isinstance(node, list) else node.items()
            waiting.extend(reversed([(f"{name}[{key}]", child) for key, child in pairs]))
