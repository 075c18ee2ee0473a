"""Which answer names the object of which other operation: the links of the document."""

from __future__ import annotations

from typing import Any

FIRST = "$response.body#/items/0/id"
NAME = "$response.body#/items/0/name"

LINKS: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {
    ("putEvent", "202"): (("getEvent", "event_id", "$response.body#/events/0"),),
    ("listEvents", "200"): (("getEvent", "event_id", FIRST),),
    ("startRun", "202"): (
        ("getRun", "run_id", "$response.body#/run"),
        ("cancelRun", "run_id", "$response.body#/run"),
    ),
    ("retryRun", "202"): (("getRun", "run_id", "$response.body#/run"),),
    ("listRuns", "200"): (
        ("getRun", "run_id", FIRST),
        ("getRunAsTest", "run_id", FIRST),
        ("retryRun", "run_id", FIRST),
    ),
    ("listRules", "200"): (("switchOff", "name", NAME), ("switchOn", "name", NAME)),
    ("listApprovals", "200"): (("decideApproval", "approval_id", FIRST),),
    ("listConnections", "200"): (("showConnection", "name", NAME), ("testConnection", "name", NAME)),
    ("addConnection", "201"): (
        ("showConnection", "name", "$response.body#/name"),
        ("removeConnection", "name", "$response.body#/name"),
    ),
    ("listPlugins", "200"): (("showPlugin", "name", NAME),),
    ("listPublications", "200"): (("readPublication", "id", FIRST), ("rollBack", "id", FIRST)),
    ("makeGroup", "201"): (
        ("getGroup", "group_id", "$response.body#/id"),
        ("fillGroup", "group_id", "$response.body#/id"),
        ("removeGroup", "group_id", "$response.body#/id"),
    ),
    ("addUser", "201"): (
        ("getUser", "user_id", "$response.body#/id"),
        ("changeUser", "user_id", "$response.body#/id"),
        ("removeUser", "user_id", "$response.body#/id"),
    ),
    ("invite", "201"): (("withdrawInvitation", "invitation_id", "$response.body#/id"),),
    ("beginBacktest", "202"): (("getBacktest", "backtest_id", "$response.body#/id"),),
    ("listStarts", "200"): (("getStarts", "starts_id", FIRST),),
}
"""By operation and status: the operation, its parameter, and where the answer has the value."""


def links(operation: str, status: str) -> dict[str, Any]:
    """The links of one answer, by the name of the operation that each leads to."""
    return {
        target: {"operationId": target, "parameters": {parameter: place}}
        for target, parameter, place in LINKS.get((operation, status), ())
    }
