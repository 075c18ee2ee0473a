"""What a person's word about a call whose outcome was unknown means for its run. Gathers, and commits nothing."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.graph import Ask, Call
from treadle.runtime.machine.feeding import settled, skipped
from treadle.runtime.machine.state import thread_of, with_thread
from treadle.runtime.ports import Fault, Signal, StepOutcome, Verdict
from treadle.runtime.running import Running

_decoder = msgspec.json.Decoder(Verdict)


def take_verdict(run: Running, signal: Signal) -> None:
    """The outcome as the person said it, or the call planned once more. One about a call that is over is passed over.

    There must be room for an outcome in the next write.
    """
    verdict = _decoder.decode(signal.data or b"{}")
    thread = next((number for number, step in run.opens.items() if step == verdict.step), None)
    if thread is None:
        return
    attempt = thread_of(run.state, thread).attempt
    assert attempt is not None, "a call is open"
    state = with_thread(run.state, thread, rest=None)
    if verdict.how == "again":
        since = run.state.now or attempt.since
        planned = replace(attempt, plan="send", since=since, doubt=True, looked=0, stumbles=0)
        run.enter(with_thread(state, thread, attempt=planned))
        return
    node = run.program.graph.nodes[str(thread_of(state, thread).at)]
    assert isinstance(node, Call | Ask), "only these are sent"
    run.closed(_outcome(run, verdict, attempt.tries))
    run.opens.pop(thread)
    result = values.decode(bytes(verdict.output))
    if verdict.how == "skip":
        run.enter(skipped(state, node, thread, "a person said so, and whether it happened is not known"))
        return
    if thread_of(state, thread).talk is None and node.name is not None and result is not None:
        result = run.program.revived(node.name, result)
    run.enter(settled(state, node, result, thread))


def _outcome(run: Running, verdict: Verdict, tries: int) -> StepOutcome:
    if verdict.how == "skip":
        left_out = Fault("skipped", f"{verdict.who} had it left out; whether it arrived is not known")
        return StepOutcome(id=verdict.step, state="skipped", tries=tries, error=left_out)
    output = bytes(verdict.output)
    shown = None if output == b"null" else run.redacted(output)
    return StepOutcome(id=verdict.step, state="done", tries=tries, output=shown)
