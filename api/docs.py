"""`/api/docs`: the OpenAPI document as a page for people, rendered here, without scripts and without a CDN."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import msgspec

from treadle.api.html import page
from treadle.api.problems import CODES, MEDIA_TYPE

VERBS = ("get", "post", "put", "patch", "delete")

INTRO = """<p>{description}</p>
<p>Send <code>Authorization: Bearer KEY</code> to everything under <code>/api/v1</code>. On the embedded default the key
lies in <code>.treadle/key</code>.</p>
<pre>curl -H "Authorization: Bearer $(cat .treadle/key)" http://127.0.0.1:8080/api/v1/runs</pre>"""


def docs_page(document: dict[str, Any]) -> bytes:
    """The page for an OpenAPI document as plain data."""
    info = document["info"]
    tags = [tag["name"] for tag in document["tags"]]
    parts = [
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
        INTRO.format(description=escape(info["description"])),
        "<nav>" + "".join(f'<a href="#{tag}">{tag}</a>' for tag in [*tags, "Shapes", "Problems"]) + "</nav>",
        *(part for tag in tags for part in _section(tag, document)),
        *_shapes(document["components"]["schemas"]),
        *_problems(),
    ]
    return page(f"{info['title']} API", "\n".join(parts)).encode()


def _section(tag: str, document: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{tag}">{tag}</h2>'
    for path, item in document["paths"].items():
        for verb in VERBS:
            operation = item.get(verb)
            if operation and tag in operation.get("tags", ()):
                yield from _operation(verb, path, operation)


def _operation(verb: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    anchor = escape(operation["operationId"])
    yield f'<h3 id="{anchor}"><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></h3>'
    yield f"<p><b>{_prose(operation.get('summary', ''))}.</b> {_prose(operation.get('description', ''))}</p>"
    given = [
        _row(each["name"], each["schema"], each.get("description", "")) for each in operation.get("parameters", ())
    ]
    if given:
        yield f"<table>{''.join(given)}</table>"
    if body := operation.get("requestBody"):
        yield f"<p>Takes {_shape(_content(body))}.</p>"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            shape = f" with {_shape(_content(answer))}" if answer.get("content") else ""
            yield f"<p>Answers {status}{shape}.</p>"
    yield f"<p>Fails with {_codes(operation)}.</p>"
    yield f"<pre>{escape(_curl(verb, path, operation))}</pre>"


def _codes(operation: dict[str, Any]) -> str:
    found = [
        code
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
        for code in answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())
    ]
    return ", ".join(f'<a href="#{code}"><code>{code}</code></a>' for code in found)


def _curl(verb: str, path: str, operation: dict[str, Any]) -> str:
    """The call as one types it; `$URL` and `$KEY` are the installation's."""
    parts = ["curl" if verb == "get" else f"curl -X {verb.upper()}"]
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $KEY"')
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in content:
        parts += ["-H 'Content-Type: application/json'", f"-d '{_written(content['example'])}'"]
    return " ".join([*parts, f'"$URL{path}"'])


def _written(example: Any) -> str:
    return msgspec.json.encode(example).decode().replace("'", "'\\''")


def _content(holder: dict[str, Any]) -> dict[str, Any]:
    contents: list[dict[str, Any]] = list(holder.get("content", {}).values())
    return contents[0].get("schema", {}) if contents else {}


def _shapes(schemas: dict[str, Any]) -> Iterator[str]:
    yield '<h2 id="Shapes">Shapes</h2>'
    for name, schema in sorted(schemas.items()):
        yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3><p>{_prose(schema.get("description", ""))}</p>'
        rows = [_row(field, shape, "") for field, shape in schema.get("properties", {}).items()]
        yield f"<table>{''.join(rows)}</table>"


def _problems() -> Iterator[str]:
    yield '<h2 id="Problems">Problems</h2>'
    yield '<p>Every error is a <a href="#Problem">Problem</a> with one of these codes.</p>'
    rows = (f'<tr id="{code}"><td>{status}</td><td><code>{code}</code></td><td>{title}</td></tr>'
            for code, (status, title) in CODES.items())  # fmt: skip
    yield f"<table>{''.join(rows)}</table>"


def _row(name: str, schema: dict[str, Any], text: str) -> str:
    return f"<tr><td><code>{escape(name)}</code></td><td>{_shape(schema)}</td><td>{_prose(text)}</td></tr>"


def _shape(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_shape(each) for each in schema[several])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(msgspec.json.encode(each).decode())}</code>" for each in schema["enum"])
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"list of {', then '.join(map(_shape, schema['prefixItems']))}"
        case "array":
            return f"list of {_shape(schema.get('items') or {})}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"map of {_shape(schema['additionalProperties'])}"
        case None:
            return "any JSON"
        case kind:
            return escape(f"{kind} ({schema['format']})" if "format" in schema else str(kind))


def _prose(text: str) -> str:
    """Escaped text with `code` in its place."""
    pieces = escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
