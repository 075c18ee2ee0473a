"""What stands on the cards of a picture: a title, what belongs to it, and of what sort the step is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.drawing.written import written
from treadle.dsl.expressions import Expr
from treadle.dsl.operations.text_form import duration_form

Sort = Literal["head", "effect", "choice", "time", "value", "block", "other", "end", "bad"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Words(msgspec.Struct, frozen=True):
    """A card's title and the lines under it."""

    sort: Sort
    title: str
    lines: tuple[str, ...] = ()


def of_head(graph: g.Graph) -> Words:
    """The card that a graph begins with: its name and its header."""
    kind = f"sequence {graph.name}({', '.join(graph.params)})" if graph.kind == "sequence" else graph.name
    return Words("head", kind, tuple(_header(graph)))


def of_node(node: g.Node) -> Words:
    """The card of one step."""
    match node:
        case g.Call(plugin=plugin, action=action, args=args, name=name):
            return Words("effect", _bound(name, f"{plugin}.{action}"), _arguments(args))
        case g.Ask(agent=agent, text=text, name=name):
            return Words("effect", _bound(name, f"ask {agent}"), (written(text),))
        case g.Emit(event=event, data=data):
            return Words("effect", f"emit {event}", _arguments(data))
        case g.Start(sequence=sequence, args=args):
            return Words("effect", f'start "{sequence}"', _arguments(args))
        case g.Run(sequence=sequence, args=args, name=name):
            return Words("effect", _bound(name, f'run "{sequence}"'), _arguments(args))
        case g.Cancel(sequence=sequence, key=key):
            return Words("effect", f'cancel "{sequence}"', (f"for {written(key)}",))
        case g.Assign(name=name, value=value):
            return Words("value", f"{name} =", (written(value),))
        case g.Log(text=text):
            return Words("other", "log", (written(text),))
    return _of_flow(node)


def _of_flow(node: g.Node) -> Words:
    match node:
        case g.Branch(arms=arms, subject=subject):
            only = arms[0].text if len(arms) == 1 else ""
            return Words("choice", f"match {subject}" if subject else f"if {only}".rstrip())
        case g.ForEach(name=name, items=items, at_once=at_once):
            several = f" up to {at_once} at once" if at_once > 1 else ""
            return Words("block", f"for each {name} in {written(items)}{several}")
        case g.Together() | g.Try():
            return Words("block", "together" if isinstance(node, g.Together) else "try")
        case g.Wait(duration=duration):
            return Words("time", f"wait {written(duration)}")
        case g.WaitUntil(moment=moment):
            return Words("time", f"wait until {written(moment)}")
        case g.WaitFor(hear=hear, up_to=up_to, where=where):
            lines = (*(each.text for each in where), f"up to {written(up_to)}")
            return Words("time", f"wait for {_heard(hear)}", lines)
        case g.Approve(question=question, by=by, up_to=up_to, name=name):
            return Words(
                "time", _bound(name, "approve"), (written(question), f"by {written(by)}", f"up to {written(up_to)}")
            )
        case g.Return(value=value):
            return Words("end", "return", (written(value),))
        case g.Fail(text=text):
            return Words("bad", "fail", (written(text),))
        case _:
            return Words("end", "stop")


def _bound(name: str | None, title: str) -> str:
    return f"{name} = {title}" if name else title


def _arguments(args: Mapping[str, Expr]) -> tuple[str, ...]:
    return tuple(f"{name}: {written(value)}" for name, value in args.items())


def _header(graph: g.Graph) -> Iterator[str]:
    if graph.off:
        yield "off"
    yield from (f"when {_heard(hear)}" for hear in graph.hears)
    yield from (f"when {_schedule(each)}" for each in graph.schedules)
    yield from (f'when webhook "{each.trigger}"' for each in graph.webhooks)
    if graph.by_hand:
        yield f"when by hand ({', '.join(graph.params)})" if graph.params else "when by hand"
    yield from (f"{'and' if at else 'where'} {each.text}" for at, each in enumerate(graph.where))
    yield from _deciders(graph)
    yield from (f"stop when {_heard(each.hear)}" for each in graph.stops)
    if window := graph.during:
        yield f"only during {_days(window.days)} {window.start[:5]}-{window.end[:5]}"
    if graph.priority:
        yield f"priority {graph.priority}"
    flags = {"stop after": graph.stop_after, "including own changes": graph.own_changes, "rehearse": graph.rehearse}
    yield from (word for word, on in flags.items() if on)


def _deciders(graph: g.Graph) -> Iterator[str]:
    if once := graph.once:
        yield f"once per {written(once.key)}"
    if most := graph.at_most:
        yield f"at most {most.count} per {_duration(most.window)}{_per(most.key)}"
    if quiet := graph.quiet:
        yield f"after {_duration(quiet.seconds)} of quiet{_per(quiet.key)}"
    if alone := graph.alone:
        yield f"one at a time{_per(alone.key)} else {alone.otherwise}"


def _per(key: Expr | None) -> str:
    return f" per {written(key)}" if key is not None else ""


def _heard(hear: g.Hear) -> str:
    return f"{hear.plugin}.{hear.trigger}" if hear.plugin else hear.trigger


def _schedule(each: g.Schedule) -> str:
    if each.cron is not None:
        return f'cron "{each.cron}" in {each.zone}'
    if each.seconds is not None:
        return f"every {_duration(each.seconds)}"
    return f"every {_days(each.days)} at {', '.join(time[:5] for time in each.times)} in {each.zone}"


def _days(days: tuple[int, ...]) -> str:
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return ", ".join(_DAYS[day] for day in days)


def _duration(seconds: float) -> str:
    return duration_form(timedelta(seconds=seconds))
