"""Parameters of functions, tables and sequences: their types and names, and which of them nothing uses."""

from __future__ import annotations

from treadle.dsl import name_codes, nodes, step_codes
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.scopes import CLOCK, taken


def declare_params(inference: Inference, params: tuple[nodes.ParamDecl, ...], env: Env) -> Env:
    """Check parameters; the environment with their names."""
    for param in params:
        name = param.name
        declared = resolve(param.type, inference.file, inference.desk, inference.used)
        if first := env.first_given(name.text) or inference.file.first_given(name.text):
            taken(inference.desk, name, first)
        elif name.text in CLOCK:
            inference.desk.report(name_codes.NAME_RESERVED, name.span, name=name.text, what=CLOCK[name.text])
        inference.tables.names[name.text] = declared
        env = env.give(name.text, declared, name.span)
    return env


def report_unused_params(inference: Inference, params: tuple[nodes.ParamDecl, ...]) -> None:
    """Warn of parameters that nothing uses, unless something is wrong and may mean them."""
    for param in () if inference.desk.has_errors else params:
        if param.name.text not in inference.used:
            inference.desk.report(step_codes.NEVER_USED, param.name.span, name=param.name.text)
