"""Names that stand for values: locals, constants, functions; behind a dot fields, parts and functions."""

from __future__ import annotations

from treadle.dsl.builtins import Builtin, Callback, members, table
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.forms import unify
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.scopes import CLOCK
from treadle.dsl.services import describing
from treadle.dsl.services.offers import FAR, GOOD, NEAR, PLAIN, Offers
from treadle.dsl.typesystem import (
    DATE,
    DATETIME,
    Field,
    Known,
    MapOf,
    Optional,
    Type,
    Unknown,
    optional,
    plain,
    show,
)

_HIDDEN = ("today",)  # a value, though it is declared as a function


def values(offers: Offers) -> None:
    """What may stand where an expression is expected; what fits the needed type comes first."""
    cursor = offers.cursor
    scope, env, needed = cursor.view.scope, cursor.env, cursor.needed
    inference = cursor.view.inference()
    for name, given in env.names.items():
        found = _known(name, given.type, env)
        offers.add(name, "local", detail=show(found), rank=_rank(inference, found, needed))
    for name, decl in scope.lets.items():
        found = inference.let_type(name)
        doc = describing.declaration(scope.home(name), decl)
        offers.add(name, "let", detail=show(found), doc=doc, rank=_rank(inference, found, needed) + 1)
    for name in scope.functions:
        _own(offers, name)
    for name, each in table().items():
        if each.style == "function" and name not in _HIDDEN:
            offers.add(name, "builtin", f"{name}($1)", detail=_first(each), doc=each.doc, snippet=True, rank=FAR)
    for name, doc in CLOCK.items():
        offers.add(name, "builtin", detail=show(DATE if name == "today" else DATETIME), doc=doc, rank=FAR)


def _known(name: str, type: Type, env: Env) -> Type:
    return plain(type) if name in env.known else type


def _rank(inference: Inference, found: Type, needed: Type | None) -> int:
    if needed is None or isinstance(found, Unknown) or isinstance(needed, Unknown):
        return GOOD
    return NEAR if inference.fit.fits(found, needed) else PLAIN


def _own(offers: Offers, name: str, *, method: bool = False) -> None:
    scope = offers.cursor.view.scope
    signature = scope.signature(name)
    params = [describing.named(each, of) for each, of in signature.params]
    shown = describing.signature(name, params, signature.returns)
    home = scope.home(name)
    doc = describing.declaration(home, home.functions[name])
    text = f"{name}($1)" if len(params) > method else f"{name}()"
    offers.add(name, "function", text, detail=shown, doc=doc, snippet=True, rank=PLAIN)


def _first(builtin: Builtin) -> str:
    return builtin.signatures()[0]


def parts(offers: Offers, of: Type) -> None:
    """What may stand behind a value and a dot. Behind one that may be missing, the dot becomes `?.`."""
    cursor = offers.cursor
    inference, inner = cursor.view.inference(), plain(of)
    word = len(cursor.prefix.word)
    safe = isinstance(of, Optional) and not cursor.prefix.before.endswith("?.")
    before, back = ("?.", word + 1) if safe else ("", word)
    known = isinstance(of, Optional)
    for field in _fields(inference, inner):
        shown = optional(field.type) if known else field.type
        late = "" if field.carried else "Read once, when a rule needs it."
        doc = "\n\n".join(filter(None, (field.doc, late)))
        offers.add(field.name, "field", before + field.name, detail=show(shown), doc=doc, rank=NEAR, back=back)
    for name, each in members().items():
        if any(form.params[0].type == inner for form in each.forms):
            offers.add(name, "field", before + name, detail=_first(each), doc=each.doc, rank=GOOD, back=back)
    for name, each in table().items():
        if each.style == "function" and name not in _HIDDEN and (counts := _taking(inference, each, inner)):
            text = f"{before}{name}(${{1}})" if min(counts) > 1 else f"{before}{name}()"
            offers.add(name, "builtin", text, detail=_first(each), doc=each.doc, snippet=True, rank=FAR, back=back)
    for name in cursor.view.scope.functions:
        params = cursor.view.scope.signature(name).params
        if params and inference.fit.fits(inner, params[0][1]):
            _own(offers, name, method=True)


def _taking(inference: Inference, builtin: Builtin, of: Type) -> list[int]:
    """How many arguments the forms have that take a value of the type first."""
    return [
        len(form.params)
        for form in builtin.forms
        if form.params
        and not isinstance(first := form.params[0].type, Callback)
        and not isinstance(of, Unknown)
        and unify(inference, first, of, {})
    ]


def _fields(inference: Inference, of: Type) -> tuple[Field, ...]:
    match of:
        case MapOf(known=Known(fields=fields)):
            return tuple(each for each in fields if each.name.isidentifier())
    record = inference.fit.record(of)
    return record.fields if record else ()
