"""Asks everything that only looks, about rules full of effects, while the interpreter writes down what it does; a
program of its own, because nobody takes an audit hook away again. Arguments: TREADLE_HOME, the address of a listener.

`watching.py` is loaded by every Python that this one starts, the language processes above all.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx

from treadle.api.app import create_app
from treadle.runtime.engine import open_engine
from treadle.runtime.portable.archive import Archive, pack
from treadle.runtime.settings import Settings

TEXT = """use http

event {name}_done
  text: text

event {name}_probe
  text: text

rule "{name}"
  when {name}_probe as it
  do
    answer = http.get(url: "http://{name}.canary.example/")
    http.post(url: "{listener}/{name}", json: {{text: it.text, status: answer.status}})
    emit {name}_done {{text: "again"}}

rule "{name} at once"
  when by hand
  do
    http.post(url: "{listener}/{name}/by-hand", json: {{n: 1}})

test "{name} is only played"
  given {name}_probe {{text: "x"}}
  mock http.get returns {{status: 200, headers: {{}}, text: ""}}
  expect http.post
"""


def requests(text: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Every route that checks, previews or plays."""
    file = {"file": "x3.rule", "text": text}
    at = {**file, "line": 12, "col": 19}
    zipped = b64encode(pack(Archive({"x3.rule": text}))).decode()
    rename = {"op": "rename", "decl": {"kind": "rule", "name": name}, "to": f"{name} renamed"}
    return [
        ("language/check", file),
        ("language/check", {"files": {"x3.rule": text}}),
        ("language/format", file),
        ("language/complete", at),
        ("language/hover", at),
        ("language/symbols", file),
        ("language/symbols", {**file, "query": name}),
        ("language/graph", {**file, "drawing": "svg"}),
        ("language/edit", {**file, "operations": [rename]}),
        ("language/test", file),
        ("language/explain", {**file, "trigger": f"event.{name}_probe", "data": {"text": "x"}}),
        ("publications?preview=true", {"files": {"x3.rule": text}}),
        ("import?preview=true", {"archive": zipped}),
    ]


async def kept(api: httpx.AsyncClient) -> set[str]:
    """What there is, by its ids."""
    lists = [(await api.get(name)).json()["items"] for name in ("publications", "runs", "events")]
    files = (await api.get("files")).json()["files"]
    return {each["id"] for items in lists for each in items} | {each["path"] for each in files}


async def main(home: str, listener: str) -> None:
    import watching  # type: ignore[import-not-found]

    settings = Settings.read({}, home=Path(home), most_requests=0, allow_hosts=listener.removeprefix("http://"))
    async with open_engine(settings) as engine:
        key = (engine.settings.home / "key").read_text().strip()
        transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {key}"}
        told: list[str] = []
        async with httpx.AsyncClient(transport=transport, base_url="http://t.example/api/v1/", headers=headers) as api:
            before = await kept(api)
            for name in ("first", "second"):
                watching.watch(on=True)
                for path, body in requests(TEXT.format(name=name, listener=listener), name):
                    answer = await api.post(path, json=body, timeout=60)
                    if answer.status_code >= 300 or b'"severity":"error"' in answer.content:
                        told.append(f"{name} {path}: {answer.status_code} {answer.text[:500]}")
                watching.watch(on=False)
                if name == "first" and len(watching.noted()) < 2:
                    told.append("loading modules was not noted in both processes, so nothing else would be")
            told += [f"{each} is new" for each in await kept(api) - before]
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
