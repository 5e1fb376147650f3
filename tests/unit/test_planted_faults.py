"""Each invariant of the simulation has a planted fault that it must find."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.planted import PLANTED

CHAOS = Path(__file__).parents[2] / "chaos"
LISTS = {"failures", "falls", "pauses", "found"}
"""Where what does not hold is put, where it is not yielded."""


def lines_of(source: str) -> Iterator[str]:
    """What a module says of what does not hold, with {} for what is filled in."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Yield(value=ast.JoinedStr() | ast.Constant() as said):
                yield text_of(said)
            case ast.Call(func=ast.Attribute(value=into, attr="append"), args=[said]) if (
                ast.unparse(into).split(".")[-1] in LISTS and isinstance(said, ast.JoinedStr)
            ):
                yield text_of(said)


def text_of(said: ast.expr) -> str:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)


INVARIANTS = sorted(
    {
        line
        for file in [*(CHAOS / "invariants").glob("*.py"), *CHAOS.glob("*.py")]
        for line in lines_of(file.read_text())
    }
)


@pytest.mark.parametrize("line", INVARIANTS)
def test_each_invariant_has_a_planted_fault_that_it_must_find(line: str) -> None:
    assert any(part in line for one in PLANTED.values() for part in one.against), line


@pytest.mark.parametrize("name", PLANTED)
def test_each_planted_fault_names_what_an_invariant_says(name: str) -> None:
    for part in PLANTED[name].against:
        assert any(part in line for line in INVARIANTS), part
