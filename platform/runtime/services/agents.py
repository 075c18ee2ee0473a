"""Agents made and changed by a form: an operation on the text of a file, kept as a draft. Nothing is published here."""

from __future__ import annotations

import asyncio
import re

import msgspec

from treadle.dsl.diagnostics import Report
from treadle.dsl.editing import DeclRef
from treadle.dsl.editing.agents import AgentFields, agent_text
from treadle.dsl.editing.operations import AddDeclaration, AnyOperation, ReplaceDeclaration
from treadle.dsl.inventory import AgentDeclared, inventory
from treadle.runtime.access import Principal
from treadle.runtime.drafts.records import NOTHING
from treadle.runtime.engine import Engine
from treadle.runtime.language import shapes
from treadle.runtime.services import files, language
from treadle.runtime.services.files import FileUnknown, RuleFile, Wants

NAME = r"[a-z_][a-z0-9_]*"


class AgentUnknown(Exception):
    """No file of the working set declares this agent."""


class AgentTaken(Exception):
    """An agent of that name is declared already; one sentence that says where."""


class AgentWritten(msgspec.Struct, frozen=True, kw_only=True):
    """The file that holds the agent now, as a draft: its text, and what is wrong in it."""

    name: str
    file: RuleFile
    text: str
    diagnostics: tuple[Report, ...]


async def made(
    engine: Engine, who: Principal, name: str, path: str, fields: AgentFields, wants: Wants = NOTHING
) -> AgentWritten:
    """Declare a new agent in a file, which comes into being when it is not there. Raises `Forbidden`, `AgentTaken`, and
    what writing drafts and asking for edits raises.
    """
    who.require("edit")
    if (known := await _found(engine, who, name)) is not None:
        raise AgentTaken(f"the agent {name} is declared in {known.file}, line {known.line}")
    operation = AddDeclaration(text=agent_text(name, fields))
    return await _written(engine, who, name, path, operation, wants)


async def changed(
    engine: Engine, who: Principal, name: str, fields: AgentFields, wants: Wants = NOTHING
) -> AgentWritten:
    """Write the declaration of an agent anew; the comment above it stays. Raises like `made`, and `AgentUnknown`."""
    who.require("edit")
    if (known := await _found(engine, who, name)) is None:
        raise AgentUnknown(f"no file declares an agent {name}")
    operation = ReplaceDeclaration(decl=DeclRef("agent", name), text=agent_text(name, fields))
    return await _written(engine, who, name, known.file, operation, wants)


async def _found(engine: Engine, who: Principal, name: str) -> AgentDeclared | None:
    """The agent in the working set. Only files that have a line for it are looked through."""
    begins = re.compile(rf"^agent[ \t]+{re.escape(name)}\b", re.MULTILINE)
    texts = (await files.sources(engine, who)).texts
    near = {path: text for path, text in texts.items() if begins.search(text)}
    found = await asyncio.to_thread(inventory, near)
    return next((each for each in found.agents if each.name == name), None)


async def _written(
    engine: Engine, who: Principal, name: str, path: str, operation: AnyOperation, wants: Wants
) -> AgentWritten:
    try:
        before = await files.read(engine, who, path)
    except FileUnknown:
        text, seen = "", Wants(absent=True)
    else:
        text, seen = before.text, Wants(etags=(before.file.etag,)) if before.file.etag else NOTHING
        wants.check(path, before.file.etag)
    asked = shapes.ToEdit(file=path, text=text, operations=(operation,))
    edited = msgspec.json.decode(await language.answered(engine, who, "edit", asked), type=_Edited)
    stored = await files.written(engine, who, path, edited.text, seen)
    return AgentWritten(name=name, file=stored, text=edited.text, diagnostics=edited.diagnostics)


class _Edited(msgspec.Struct, frozen=True):
    text: str
    diagnostics: tuple[Report, ...]
