"""Well-formed files over all constructs, made at random but typed, so that most of them check clean.

`file(seed)` is the whole: the same seed gives the same text. Owns what a file may look like, not what is wrong with it.
"""

from __future__ import annotations

from fuzz.expressions import COMMENTS, WORDS, Scope
from fuzz.steps import Steps

_DAYS = ("monday", "mon-fri", "weekday", "sat, sun", "day")


class Maker(Steps):
    """The same file, with declarations."""

    def let(self) -> list[str]:
        of, name = self.pick(("int", "number", "text", "duration", "[text]", "[int]", "bool")), self.fresh("c")
        line = f"{self.some(0.1, 'shared ')}let {name} = {self.expr(of, {})}"
        self.lets[name] = of
        return [line]

    def function(self) -> list[str]:
        params = {self.fresh("p"): self.pick(("int", "number", "text")) for _ in range(self.dice.randint(1, 2))}
        gives, name = self.pick(("int", "number", "text")), self.fresh("f")
        shown = ", ".join(f"{param}: {of}" for param, of in params.items())
        line = f"function {name}({shown}) -> {gives} = {self.expr(gives, dict(params))}"
        self.functions.append((name, list(params.values()), gives))
        return [line]

    def table(self) -> list[str]:
        name = self.fresh("t")
        bounds = sorted(self.dice.sample(range(1, 90), 2))
        cells = (f">= {bounds[1]}", f"{bounds[0]} .. {bounds[1]}", f"< {bounds[0]}")
        rows = [f'| "{word}" | {cell} | {self.dice.randint(0, 99)} |' for word, cell in zip(WORDS, cells, strict=False)]
        lines = [
            f"table {name}(who: text, n: int) -> int",
            "| who | n | -> |",
            *rows,
            '| in ["a", "b"] | _ | n * 2 |',
            "| _ | _ | 0 |",
        ]
        self.functions.append((name, ["text", "int"], "int"))
        return [lines[0], *(f"  {line}" for line in lines[1:])]

    def event(self) -> list[str]:
        name = self.fresh("happened")
        self.events.append(name)
        return [f"event {name}", "  n: int", f"  who: text{self.some(0.2, '  # a name')}"]

    def agent(self) -> list[str]:
        name = self.fresh("agent")
        lines = [
            f"agent {name}",
            '  model openrouter "openai/gpt-4o-mini"',
            '  instructions """',
            "    Be brief.",
            "      Really.",
            '  """',
        ]
        lines += ["  tools kommo.get_lead, kommo.add_note"] if self.odds(0.5) else []
        lines += ["  returns {score: int, reason: text}"]
        lines += ["  budget 0.05 usd per run, 20 usd per month"] if self.odds(0.5) else []
        lines += [f"  turns {self.dice.randint(1, 9)}"] if self.odds(0.5) else []
        self.agents.append(name)
        return lines

    def limit(self) -> list[str]:
        what = self.pick((f"{self.dice.randint(1, 9)} messages", "100 calls of kommo", "5 usd spend"))
        span, otherwise = self.pick(("1 day", "2 hours")), self.pick(("wait", "skip"))
        return [f'limit "{self.fresh("limit ")}" at most {what} per {span} else {otherwise}']

    def calendar(self) -> list[str]:
        name = self.fresh("holidays")
        self.calendars.append(name)
        return [f"calendar {name}", "  every 25 December", "  2026-01-06", "  2026-08-01 .. 2026-08-15"]

    def _clauses(self, scope: Scope, key: str) -> list[str]:
        clauses = [f"where {self.expr('bool', scope)}"] if self.odds(0.5) else []
        clauses += [f"once per {key}{self.some(0.5, ' within 3 days')}"] if self.odds(0.3) else []
        clauses += (
            [f"at most {self.dice.randint(1, 9)} per 1 hour{self.some(0.5, f' per {key}')}"] if self.odds(0.3) else []
        )
        clauses += (
            [self.pick(("priority 3", "rehearse", "including own changes", "stop after", "off"))]
            if self.odds(0.2)
            else []
        )
        self.dice.shuffle(clauses)
        return clauses

    def _shared_clauses(self, key: str) -> list[str]:
        clauses = [f"one at a time per {key} else {self.pick(('skip', 'queue', 'replace'))}"] if self.odds(0.3) else []
        if self.odds(0.2):
            except_ = f" except {self.pick(self.calendars)}" if self.calendars else ""
            clauses.append(f'only during mon-fri 09:00-19:00 in "Europe/Madrid"{except_}')
        if self.odds(0.2):
            name = self.fresh("s")
            clauses.append(f"stop when kommo.message_received as {name} where {name}.contact_id == {key}")
        return clauses

    def rule(self) -> list[str]:
        name = self.fresh("Rule ")
        self.rules.append(name)
        scope: Scope = {}
        kind = self.pick(("lead", "lead", "lead", "event", "schedule", "hand"))
        if kind == "schedule" or (kind == "event" and not self.events):
            clauses = [
                self.pick(
                    (
                        "when every 15 min",
                        f'when every {self.pick(_DAYS)} at 09:00 in "Europe/Madrid" catch up once',
                        'when cron "0 9 * * 1-5"',
                    )
                )
            ]
        elif kind == "hand":
            clauses, scope = ["when by hand (n: int, who: text)"], {"n": "int", "who": "text"}
        else:
            heard = self.fresh("h")
            own = kind == "event"
            trigger = self.pick(self.events) if own else self.pick(("kommo.lead_created", "kommo.lead_updated"))
            if own:
                clauses = [
                    f"when {trigger} as {heard}",
                    *self._clauses({}, f"{heard}.n"),
                    *self._shared_clauses(f"{heard}.n"),
                ]
            else:
                scope = {heard: "lead"}
                clauses = [
                    f"when {trigger} as {heard}",
                    *self._clauses(scope, f"{heard}.id"),
                    *self._shared_clauses(f"{heard}.id"),
                ]
        return [f'rule "{name}"', *(f"  {each}" for each in clauses), "  do", *self.steps(scope, 4, 2)]

    def sequence(self) -> list[str]:
        name, gives = self.fresh("Sequence "), self.odds(0.5)
        scope = {"n": "int", "who": "text"}
        lines = [f'sequence "{name}"(n: int, who: text)', *(f"  {each}" for each in ["one at a time per n else skip"])]
        lines += ["  do", *self.steps(scope, 4, 2, returns=gives)]
        self.sequences.append((name, gives))
        return lines

    def test(self) -> list[str]:
        lines = [f'test "{self.fresh("Test ")}"', '  at 2026-11-23 10:00 in "Europe/Madrid"']
        lead, price = self.dice.randint(1, 9), self.dice.randint(0, 5000)
        lines += [f'  given kommo.lead_created {{id: {lead}, name: "Ana", price: {price}}}']
        lines += [
            '  mock kommo.get_lead returns {id: 5, name: "Luz", price: 2000}',
            '  mock kommo.get_contact fails "gone"',
        ]
        return [
            *lines,
            "  after 12 hours",
            self.pick(("  expect nothing more", '  expect log "x"', "  expect kommo.add_note(lead_id: 7)")),
        ]

    def file(self) -> str:
        makers = (self.let, self.let, self.function, self.table, self.event, self.agent, self.limit, self.calendar,
                  self.rule, self.rule, self.rule, self.sequence, self.test)  # fmt: skip
        lines = ["edition 1", ""] if self.odds(0.2) else []
        lines += ["use kommo", "use http", "use openrouter", ""]
        for _ in range(self.dice.randint(1, 9)):
            lines += [self.pick(COMMENTS)] if self.odds(0.1) else []
            lines += [*self.pick(makers)(), ""]
        return "\n".join(lines)


def file(seed: int) -> str:
    """A file of rules."""
    return Maker(seed).file()
