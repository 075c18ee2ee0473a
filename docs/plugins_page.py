"""The page of the reference that lists what the plugins which ship offer. Owns its form; the texts are the plugins'."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.catalogue import ActionSpec, PluginSpec, TriggerSpec
from treadle.dsl.typesystem import Record, show
from treadle.runtime.host import PluginHost

HEAD = """# Plugins

What the plugins that ship add to the language. Generated from their declarations; `treadle plugins` lists those that
are installed."""


def page() -> str:
    """Every plugin with its triggers, actions and types."""
    specs = PluginHost.load().specs
    return "\n".join([HEAD, *(line for name in sorted(specs) for line in _plugin(specs[name]))]) + "\n"


def _plugin(spec: PluginSpec) -> Iterator[str]:
    yield from ("", f"## {spec.name}", "", spec.doc)
    if spec.asks is not None:
        yield from ("", 'Agents can ask its models: `model NAME "..."`.')
    if spec.triggers:
        yield from ("", "| trigger | brings | |", "|---|---|---|")
        yield from (_trigger(each) for each in spec.triggers.values())
    yield from ("", "| action | gives | effect | |", "|---|---|---|---|")
    yield from (_action(each) for each in spec.actions.values())
    for name, record in spec.records.items():
        yield from ("", f"`{spec.name}.{name}`: {_fields(record)}")


def _trigger(spec: TriggerSpec) -> str:
    params = f"({', '.join(f'{each.name}: {show(each.type)}' for each in spec.params)})" if spec.params else ""
    return f"| `{spec.name}{params}` | `{show(spec.payload)}` | {_line(spec.doc)} |"


def _action(spec: ActionSpec) -> str:
    params = ", ".join(f"{each.name}: {show(each.type)}{'' if each.required else ' = …'}" for each in spec.params)
    effect = "reads" if spec.reads else spec.effect + (", reaches a person" if spec.messages else "")
    given = f"`{show(spec.returns)}`" if spec.returns else ""
    return f"| `{spec.name}({params})` | {given} | {effect} | {_line(spec.doc)} |"


def _fields(record: Record) -> str:
    shown = (
        f"`{each.name}: {show(each.type)}`" + ("" if each.carried else " (read when needed)") for each in record.fields
    )
    return ", ".join(shown)


def _line(doc: str) -> str:
    return " ".join(doc.split()).replace("|", "\\|")
