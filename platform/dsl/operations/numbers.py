"""Exact numbers: ints stay ints, everything else is decimal.

Owns the decimal context: 50 significant digits, what does not fit (a third, say) is rounded half to even; exponents to
±999. Knows ints and Decimals only; `bool` is no number here.
"""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from treadle.dsl.operations.faults import EvaluationError, LimitExceeded, quote

Number = int | Decimal

EXPONENT = 999
DIGITS = 50
CONTEXT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-EXPONENT,
    Emax=EXPONENT,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_ROUNDING = Context(prec=2 * EXPONENT, rounding=ROUND_HALF_UP, Emin=-EXPONENT, Emax=EXPONENT, traps=[InvalidOperation])


def bounded(value: int, bits: int) -> int:
    """The int itself. Raises `LimitExceeded` when it is longer than `bits`."""
    if value.bit_length() > bits:
        raise LimitExceeded(f"a whole number may have {bits} bits, some {bits * 3 // 10} digits")
    return value


def add(left: Number, right: Number, bits: int) -> Number:
    """The sum."""
    if type(left) is int and type(right) is int:
        return bounded(left + right, bits)
    return CONTEXT.add(left, right)


def subtract(left: Number, right: Number, bits: int) -> Number:
    """The difference."""
    if type(left) is int and type(right) is int:
        return bounded(left - right, bits)
    return CONTEXT.subtract(left, right)


def multiply(left: Number, right: Number, bits: int) -> Number:
    """The product."""
    if type(left) is int and type(right) is int:
        return bounded(bounded(left, bits) * bounded(right, bits), bits)
    return CONTEXT.multiply(left, right)


def divide(left: Number, right: Number) -> Number:
    """The quotient: an int when two ints divide evenly, else decimal. Raises `EvaluationError` for a zero divisor."""
    if not right:
        raise EvaluationError("arithmetic", f"cannot divide {quote(left)} by zero")
    if type(left) is int and type(right) is int and not left % right:
        return left // right
    return CONTEXT.divide(left, right)


def modulo(left: Number, right: Number) -> Number:
    """The remainder with the sign of the divisor, so that `-1 % 7` is 6. Raises `EvaluationError` for zero."""
    if not right:
        raise EvaluationError("arithmetic", f"cannot divide {quote(left)} by zero")
    if type(left) is int and type(right) is int:
        return left % right
    rest = CONTEXT.remainder(left, right)
    return CONTEXT.add(rest, right) if rest and (rest < 0) != (right < 0) else rest


def round_to_int(value: Number) -> int:
    """The nearest whole number, halves away from zero as in commerce: 2.5 gives 3, -2.5 gives -3."""
    if isinstance(value, int):
        return value
    return int(whole(value).to_integral_value(ROUND_HALF_UP))


def round_to(value: Number, digits: int) -> Number:
    """The number with `digits` places after the point (negative: before it), halves away from zero."""
    if not -EXPONENT < digits < EXPONENT:
        raise EvaluationError("arithmetic", f"cannot round to {digits} digits")
    if isinstance(value, Decimal) and value.as_tuple().exponent >= -digits:  # type: ignore[operator]
        return value
    rounded = whole(Decimal(value)).quantize(Decimal(1).scaleb(-digits), context=_ROUNDING)
    return int(rounded) if isinstance(value, int) else rounded


def whole(value: Decimal) -> Decimal:
    """The decimal itself when its magnitude is one that the language can write out. Raises `LimitExceeded`."""
    if value and abs(value.adjusted()) > EXPONENT:
        raise LimitExceeded(f"a number may have {EXPONENT} digits")
    return value
