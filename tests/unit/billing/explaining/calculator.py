"""A customer's pocket calculator: works out what an explanation prints."""

import ast
import operator
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from typing import Final

from bcm_mqtt.billing.explaining.steps import SUM, Section, Step

_OPERATORS: Final[dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: Final[dict[str, Callable[..., Decimal]]] = {
    "sqrt": Decimal.sqrt,
    "floor": lambda value: value.to_integral_value("ROUND_FLOOR"),
}
_NEARLY: Final = Decimal("1e-3")
"""Of a step: means are rounded when they are printed, and binary64 errs in its last bit."""


def result(formula: str) -> Decimal:
    """What a formula comes to; units are left out."""
    plain = formula.replace(",", "")
    plain = re.sub(r"\bx\b", "*", plain)
    plain = re.sub(r"[A-Za-z]+(?![A-Za-z(])", "", plain)
    with localcontext() as context:
        context.prec = 60
        return _value(ast.parse(plain.strip(), mode="eval").body)


def _value(node: ast.expr) -> Decimal:
    if isinstance(node, ast.Constant):
        return Decimal(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _FUNCTIONS[node.func.id](*map(_value, node.args))


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def check(sections: Iterable[Section]) -> int:
    """Works out every formula; fails where one comes to something else. How many there were."""
    count = 0
    for section in sections:
        above: list[Decimal] = []
        for step in section.steps:
            if step.formula == SUM:
                assert number(step.value) == sum(above), (section.title, step)
                above = []
                count += 1
            elif step.value:
                above.append(number(step.value))
                if step.formula:
                    check_step(step)
                    count += 1
    return count


def check_step(step: Step) -> None:
    found, printed = result(step.formula), number(step.value)
    digit = Decimal(1).scaleb(int(printed.as_tuple().exponent))
    assert abs(found - printed) <= digit * (Decimal("0.5") + _NEARLY), (step, found)
