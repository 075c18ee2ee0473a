"""The execution graph: the only form of a rule or a sequence that the runtime, the API and the editor see.

Owns the shapes and their version. A graph is plain data, serialisable, named by a hash of its content, and holds the
spans of its source, so that a run can be painted onto the text. No syntax tree reaches execution.

Blocks: the bodies of `for each`, `together`, `try` and of what follows a timeout are chains of their own. The `next` of
their last node is None, which ends the block and not the run; the node that owns the block says what comes then. The
arms of `if` and `match` are no blocks: their last node goes on to what follows the branch.
"""

from __future__ import annotations

from treadle.dsl.graph.agents import Agent, Budget, Limit, Tool
from treadle.dsl.graph.header import Alone, Calendar, Condition, Hear, Once, Quiet, Schedule, StopWhen, Throttle, Window
from treadle.dsl.graph.steps import (
    Approve,
    Arm,
    Ask,
    Assign,
    Branch,
    Call,
    Cancel,
    Emit,
    Fail,
    ForEach,
    GraphNode,
    Log,
    Node,
    Return,
    Run,
    Start,
    Stop,
    Together,
    Try,
    Wait,
    WaitFor,
    WaitUntil,
)
from treadle.dsl.graph.whole import Graph, Program

__all__ = [
    "Agent",
    "Alone",
    "Approve",
    "Arm",
    "Ask",
    "Assign",
    "Branch",
    "Budget",
    "Calendar",
    "Call",
    "Cancel",
    "Condition",
    "Emit",
    "Fail",
    "ForEach",
    "Graph",
    "GraphNode",
    "Hear",
    "Limit",
    "Log",
    "Node",
    "Once",
    "Program",
    "Quiet",
    "Return",
    "Run",
    "Schedule",
    "Start",
    "Stop",
    "StopWhen",
    "Throttle",
    "Together",
    "Tool",
    "Try",
    "Wait",
    "WaitFor",
    "WaitUntil",
    "Window",
]
