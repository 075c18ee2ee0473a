"""The table of commands: what `treadle --help` shows and where each command lies."""

from __future__ import annotations

import os

import click

from treadle.cli.lazy import Entry, LazyGroup

RULES, PLATFORM, HISTORY, ADMIN = "Write rules", "Run the platform", "Look and try", "Connect and look after"

ENTRIES = {
    "check": Entry("treadle.cli.check:check", "Say what is wrong with rule files.", RULES),
    "fmt": Entry("treadle.cli.fmt:fmt", "Bring rule files into their one form.", RULES),
    "graph": Entry("treadle.cli.graph:graph", "Show what a rule compiles to.", RULES),
    "lsp": Entry("treadle.cli.lsp:lsp", "Serve editors: completion, hovers, renaming, what is wrong.", RULES),
    "run": Entry("treadle.cli.run:run", "Send one event through one file; nothing leaves the machine.", RULES),
    "test": Entry("treadle.cli.test:test", "Play the tests of rule files.", RULES),
    "explain": Entry("treadle.cli.explain:explain", "Say why an event fires each rule, or does not.", RULES),
    "backtest": Entry("treadle.cli.backtest:backtest", "Say what changed files would have made of the past.", RULES),
    "publish": Entry("treadle.cli.publish:publish", "Make rule files the live ones.", RULES),
    "diff": Entry("treadle.cli.history:diff", "What changed: rules, steps, agents, tables.", RULES),
    "rollback": Entry("treadle.cli.history:rollback", "What was live when; go back to it.", RULES),
    "rules": Entry("treadle.cli.rules:rules", "Which rules are live; switch one on, off, to rehearse.", RULES),
    "up": Entry("treadle.cli.up:up", "Everything in one process: database, API, worker, rule files.", PLATFORM),
    "serve": Entry("treadle.cli.serve:serve", "The API alone.", PLATFORM),
    "work": Entry("treadle.cli.work:work", "Workers alone.", PLATFORM),
    "migrate": Entry("treadle.cli.migrate:migrate", "Bring the database's schema up to date.", PLATFORM),
    "demo": Entry("treadle.cli.demo:demo", "The platform beside a simulated service, with one lead sent.", PLATFORM),
    "simulate": Entry("treadle.cli.simulate:simulate", "A local stand-in of a service.", PLATFORM),
    "runs": Entry("treadle.cli.runs:runs", "List runs; show one step by step.", HISTORY),
    "events": Entry("treadle.cli.events:events", "List events; show one and what became of it.", HISTORY),
    "approvals": Entry("treadle.cli.approvals:approvals", "Questions that runs ask people; approve, refuse.", HISTORY),
    "start": Entry("treadle.cli.start:start", "Start a sequence, or once for each row of a file.", HISTORY),
    "starts": Entry("treadle.cli.starts:starts", "How far such a file is; pause it, cancel it.", HISTORY),
    "stop": Entry("treadle.cli.stop:stop", "End the runs of a sequence, of one key or all.", HISTORY),
    "send": Entry("treadle.cli.send:send", "Put an event in.", HISTORY),
    "connections": Entry("treadle.cli.connections:connections", "Accounts of outside services.", ADMIN),
    "catalogue": Entry("treadle.cli.catalogue:catalogue", "What the accounts hold, as a file for `check`.", ADMIN),
    "users": Entry("treadle.cli.users:users", "Members of the workspace; add, invite, remove one.", ADMIN),
    "keys": Entry("treadle.cli.keys:keys", "API keys of programs; create one, revoke one.", ADMIN),
    "workspaces": Entry("treadle.cli.workspaces:workspaces", "Workspaces; make one, rename one.", ADMIN),
    "plugins": Entry("treadle.cli.plugins:plugins", "Which plugins are installed.", ADMIN),
    "export": Entry("treadle.cli.portable:export_workspace", "The workspace as one file.", ADMIN),
    "import": Entry("treadle.cli.portable:import_workspace", "Bring a workspace in, as drafts.", ADMIN),
    "doctor": Entry("treadle.cli.doctor:doctor", "Settings, database, queue, plugins and versions.", ADMIN),
}


class Treadle(LazyGroup):
    """The root: a name that is not in the table may be a plugin's command."""

    def more(self, name: str) -> click.Command | None:
        """Look the name up among the commands that plugins add."""
        from treadle.cli.extensions import plugin_command

        return plugin_command(name)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it so
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"treadle {version('treadle')}")
        ctx.exit()


@click.command(cls=Treadle, entries=ENTRIES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--url", metavar="URL", help="The server to talk to, instead of TREADLE_URL.")
@click.option("--key", metavar="KEY", help="The key for it, instead of TREADLE_KEY.")
@click.option("--workspace", metavar="SLUG", help="The workspace, instead of TREADLE_WORKSPACE or the first one.")
def treadle(url: str | None, key: str | None, workspace: str | None) -> None:
    """Automation rules in a small checked language, run durably.

    Exit status: 0 fine, 1 the input has faults, 2 wrong use, 3 the world failed (no database, no network).
    """
    for name, given in (("TREADLE_URL", url), ("TREADLE_KEY", key), ("TREADLE_WORKSPACE", workspace)):
        if given is not None:
            os.environ[name] = given
