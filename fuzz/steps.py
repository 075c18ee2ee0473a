"""Steps of every kind, made at random over the names in scope."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.expressions import COMMENTS, WORDS, Expressions, Scope

_STAGES = ("New", "Qualified", "Won", "Lost")
_SCALARS = ("int", "number", "text", "bool", "duration", "datetime")


class Steps(Expressions):
    """The same file, with blocks of steps."""

    def steps(self, scope: Scope, indent: int, depth: int, *, returns: bool = False) -> list[str]:
        """A block of at least one step; names given in it stay in it."""
        own, lines = dict(scope), list[str]()
        for _ in range(self.dice.randint(1, 4)):
            if self.odds(0.06):
                lines.append(self.pick(("", *COMMENTS)))
            lines += self._step(own, depth)
        if returns and depth == 2:
            lines.append(f"return {self.expr('int', own)}")
        return [f"{' ' * indent}{line}" if line else "" for line in lines]

    def _step(self, scope: Scope, depth: int) -> list[str]:
        simple: tuple[Callable[[Scope, int], list[str]], ...] = (
            self._call,
            self._call,
            self._value,
            self._value,
            self._log,
            self._wait,
            self._emit,
            self._flow,
            self._ask,
        )
        blocks = (self._if, self._match, self._for, self._together, self._try, self._wait_for, self._approve)
        make: Callable[[Scope, int], list[str]] = self.pick(blocks if depth > 0 and self.odds(0.35) else simple)
        return make(scope, depth)

    def _under(self, head: str, scope: Scope, depth: int) -> list[str]:
        return [head + self.some(0.05, f"  {self.pick(COMMENTS)}"), *self.steps(scope, 2, depth - 1)]

    def _call(self, scope: Scope, depth: int) -> list[str]:
        lead, text = self.expr("int", scope, 1), self.expr("text", scope, 2)
        what = self.pick(("note", "tags", "task", "send", "move", "update", "get", "contact", "find", "post"))
        calls = {
            "note": f"kommo.add_note(lead_id: {lead}, text: {text})",
            "tags": f"kommo.add_tags(lead_id: {lead}, tags: {self.expr('[text]', scope, 1)})",
            "task": f"kommo.create_task(lead_id: {lead}, text: {text}, due: {self.expr('datetime', scope, 1)})",
            "send": f"kommo.send_message(contact_id: {lead}, text: {text})",
            "move": f'kommo.move_lead(lead_id: {lead}, stage: "{self.pick(_STAGES)}")',
            "update": f"kommo.update_lead(lead_id: {lead}, price: {self.expr('number', scope, 1)})",
            "get": f"kommo.get_lead(lead_id: {lead})",
            "contact": f"kommo.get_contact(contact_id: {lead})",
            "find": f"kommo.find_leads(limit: {lead})",
            "post": f'http.post(url: "https://example.com/{{{lead}}}", json: {{a: {text}, b: {lead}}})',
        }
        modifier = self.some(0.2, self.pick((" timeout 10 s", " retry 3 times over 5 min", " no retry")))
        head = self.some(0.1, f"{self.fresh('label_')}: ")
        if what in ("get", "contact") or (what == "update" and self.odds(0.5)):
            name = self.fresh("r")
            head += f"{name} = "
            scope[name] = "contact" if what == "contact" else "lead"
        return [head + calls[what] + modifier]

    def _value(self, scope: Scope, depth: int) -> list[str]:
        of, name = self.pick((*_SCALARS, "[text]", "[int]", "json")), self.fresh("v")
        line = f"{name} = {self.expr(of, scope)}"
        scope[name] = of
        return [line]

    def _log(self, scope: Scope, depth: int) -> list[str]:
        return [f"log {self.expr('text', scope)}"]

    def _wait(self, scope: Scope, depth: int) -> list[str]:
        return [self.pick((f"wait {self.span()}", f"wait until {self.expr('datetime', scope, 1)}"))]

    def _emit(self, scope: Scope, depth: int) -> list[str]:
        if not self.events:
            return self._log(scope, depth)
        return [
            f"emit {self.pick(self.events)} {{n: {self.expr('int', scope, 1)}, who: {self.expr('text', scope, 1)}}}"
        ]

    def _flow(self, scope: Scope, depth: int) -> list[str]:
        if not self.sequences:
            return self._value(scope, depth)
        name, gives = self.pick(self.sequences)
        args = f"(n: {self.expr('int', scope, 1)}, who: {self.expr('text', scope, 1)})"
        if gives and self.odds(0.5):
            result = self.fresh("q")
            line = f'{result} = run "{name}"{args}'
            scope[result] = "int"
            return [line]
        return [self.pick((f'start "{name}"{args}', f'cancel "{name}" for {self.expr("int", scope, 1)}'))]

    def _ask(self, scope: Scope, depth: int) -> list[str]:
        if not self.agents:
            return self._call(scope, depth)
        name = self.fresh("a")
        lines = [
            f"{name} = ask {self.pick(self.agents)} {self.expr('text', scope, 2)}{self.some(0.2, ' timeout 30 s')}"
        ]
        return [*lines, f'log "{{{name}.score}} {{{name}.reason}}"']

    def _if(self, scope: Scope, depth: int) -> list[str]:
        lines = self._under(f"if {self.expr('bool', scope)}", scope, depth)
        if self.odds(0.3):
            lines += self._under(f"else if {self.expr('bool', scope)}", scope, depth)
        return lines + (self._under("else", scope, depth) if self.odds(0.4) else [])

    def _match(self, scope: Scope, depth: int) -> list[str]:
        lines = [f"match {self.expr('text', scope)}"]
        for word in self.dice.sample(WORDS, 2):
            lines += [f"  {line}" if line else "" for line in self._under(f'case "{word}"', scope, depth)]
        return lines + [f"  {line}" if line else "" for line in self._under("else", scope, depth)]

    def _for(self, scope: Scope, depth: int) -> list[str]:
        name = self.fresh("x")
        head = f"for each {name} in {self.expr('[text]', scope)}{self.some(0.3, ' up to 3 at once')}"
        return self._under(head, {**scope, name: "text"}, depth)

    def _together(self, scope: Scope, depth: int) -> list[str]:
        children = [self._step(dict(scope), 0) for _ in range(self.dice.randint(1, 3))]
        return ["together", *(f"  {line}" for lines in children for line in lines)]

    def _try(self, scope: Scope, depth: int) -> list[str]:
        name = self.fresh("e")
        body = [f'  log "{{{name}.message}}"', *self.steps(scope, 2, depth - 1)]
        return [*self._under("try", scope, depth), f"on error as {name}", *body]

    def _wait_for(self, scope: Scope, depth: int) -> list[str]:
        name = self.fresh("m")
        where = f"where {name}.contact_id == {self.expr('int', scope, 1)} "
        return [
            f"wait for kommo.message_received as {name} {where}up to {self.span()}",
            *self._under("on timeout", scope, depth),
        ]

    def _approve(self, scope: Scope, depth: int) -> list[str]:
        name = self.fresh("ok")
        head = f'{name} = approve {self.expr("text", scope, 1)} by "sales" up to {self.span()}'
        lines = [head, *self._under("on timeout", scope, depth), f"if {name} ?? false"]
        return [*lines, '  log "yes"']
