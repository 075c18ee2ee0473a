"""Constants and functions of a file: constants computed once and turned back into literals, functions lowered once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import nodes, type_codes
from treadle.dsl.checker import Checked, CheckedWorkspace, FileScope
from treadle.dsl.checker.scopes import Key
from treadle.dsl.evaluator import LIMITS, EvaluationError, LimitExceeded, Scope, depth_of, evaluate
from treadle.dsl.limit_codes import NESTS_TOO_DEEP
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.lower.library import Library
from treadle.dsl.lower.tables import lower_table
from treadle.dsl.operations.size import measure
from treadle.dsl.values import Value

LARGEST = 10_000  # parts of a constant: it is written out wherever it is used
DEEPEST = LIMITS.depth // 2
"""Levels of a function with all that it calls: with an expression's own levels the evaluator's limit is never met."""


Computed = dict[int, tuple[Checked, ex.Expr]]


class Values:
    """The constants and functions of all files, worked out in the order of need, once, when made.

    What has no value is reported at its file's desk and is `broken`. `known` takes the value of each constant, by the
    identity of its declaration, and gives it again for the same finding.
    """

    def __init__(self, workspace: CheckedWorkspace, zone: str, known: Computed | None = None) -> None:
        self._known: Computed = {} if known is None else known
        self.broken = set(workspace.broken)
        self.zone = zone
        self.constants: dict[Key, ex.Expr] = {}
        self.functions: dict[Key, ex.Function] = {}
        self.reached: dict[Key, frozenset[Key]] = {}
        self._depths: dict[Key, int] = {}
        self._files = {file.scope.module.file: FileValues(file.scope, self) for file in workspace.files}
        for key in workspace.order:
            self._add(key, workspace.named[key])
        self.library = Library(workspace, self)

    @property
    def whole(self) -> bool:
        """Whether nothing that rules could need is unfit."""
        return not self.broken and self.library.whole

    def of(self, scope: FileScope) -> FileValues:
        """Those that one file can name."""
        return self._files[scope.module.file]

    def _add(self, key: Key, checked: Checked) -> None:
        file = self._files[key[0]]
        if key in self.broken or not file.usable(checked) or not self._worked_out(file, key, checked):
            self.broken.add(key)

    def _worked_out(self, file: FileValues, key: Key, checked: Checked) -> bool:
        """Whether the declaration has a value; when it has none, that is reported."""
        body: ex.Expr | None = None
        match checked.decl:
            case nodes.Let():
                found = self._constant(file, checked, checked.decl.value)
                if found is not None:
                    self.constants[key] = found
                return found is not None
            case nodes.FunctionDecl() as decl:
                body = file.lowering(checked).lower(decl.body)
            case nodes.TableDecl() as decl:
                body = lower_table(decl, checked, file)
        return body is not None and self._add_function(file, decl, checked, body)

    def _constant(self, file: FileValues, checked: Checked, value: nodes.Expr) -> ex.Expr | None:
        known = self._known.get(id(checked.decl))
        if known is not None and known[0] is checked:
            return known[1]
        found = file.constant(value, checked)
        if found is not None:
            self._known[id(checked.decl)] = checked, found
        return found

    def _add_function(
        self, file: FileValues, decl: nodes.FunctionDecl | nodes.TableDecl, checked: Checked, body: ex.Expr
    ) -> bool:
        key, calls = file.scope.key(decl.name.text), file.keys(checked.tables.functions)
        try:
            self._depths[key] = depth_of(body, {self.run_name(each): self._depths[each] for each in calls}, DEEPEST)
        except LimitExceeded:
            file.scope.desk.report(NESTS_TOO_DEEP, decl.name.span, limit=DEEPEST)
            return False
        self.functions[key] = ex.Function(tuple(param.name.text for param in decl.params), body)
        self.reached[key] = calls.union(*(self.reached[each] for each in calls))
        return True

    def run_name(self, key: Key) -> str:
        """What a function is called when it runs: no two that a rule can reach have the same name."""
        return self._files[key[0]].scope.run_name(key[1])


class FileValues:
    """The constants and functions that one file can name, its own and those that others share with it."""

    def __init__(self, scope: FileScope, values: Values) -> None:
        self.scope = scope
        self._values = values

    def usable(self, checked: Checked) -> bool:
        """Whether all constants, functions and tables that a declaration needs can be used."""
        broken, tables = self._values.broken, checked.tables
        return not broken or broken.isdisjoint(map(self.scope.key, tables.lets | tables.functions))

    @property
    def library(self) -> Library:
        """What rules of all files name."""
        return self._values.library

    def let_value(self, name: str) -> ex.Expr:
        """The constant as literals."""
        return self._values.constants[self.scope.key(name)]

    def keys(self, names: set[str]) -> frozenset[Key]:
        """The functions of these names."""
        return frozenset(map(self.scope.key, names))

    def functions(self, names: set[str]) -> dict[str, ex.Function]:
        """The functions and all that they call, by what they are called when they run, in order."""
        called = self.keys(names)
        reached = called.union(*(self._values.reached[key] for key in called))
        named = {self._values.run_name(key): key for key in reached}
        return {name: self._values.functions[named[name]] for name in sorted(named)}

    def lowering(self, checked: Checked) -> ExpressionLowering:
        """What lowers the expressions of one declaration of the file."""
        return ExpressionLowering(checked.tables, self.let_value)

    def constant(self, node: nodes.Expr, checked: Checked) -> ex.Expr | None:
        """A constant expression as literals; None, reported at the file's desk, when it has no value."""
        expr = self.lowering(checked).lower(node)
        if isinstance(expr, ex.Lit):
            return expr
        try:
            functions = self.functions(checked.tables.functions)
            value = evaluate(expr, Scope({}, self._values.zone), functions)
            measure(value, LARGEST)
            return literal(value)
        except EvaluationError as error:
            self.scope.desk.report(type_codes.CONSTANT_FAILS, node.span, reason=error.message)
            return None


def literal(value: Value) -> ex.Expr:
    """A value as the expression that gives it."""
    match value:
        case None:
            return ex.Lit(None, "missing")
        case bool():
            return ex.Lit(value, "bool")
        case str():
            return ex.Lit(value, "text")
        case int():
            return ex.Lit(value, "int")
        case Decimal():
            return ex.Lit(str(value), "number")
        case list():
            return ex.MakeList(tuple(literal(each) for each in value))
        case dict():
            return ex.MakeRecord(tuple((key, literal(each)) for key, each in value.items()))
        case _:
            return ex.Lit(msgspec.to_builtins(value), _KINDS[type(value)])


_KINDS: dict[type, ex.LitKind] = {timedelta: "duration", datetime: "datetime", date: "date", time: "time"}
