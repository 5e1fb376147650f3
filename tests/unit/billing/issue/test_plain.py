"""Plain values: exact there and back, and the same for the same."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.billing.issue.plain import canonical, essential, plain, restored
from bcm_mqtt.domain.interval.slots import Integers
from bcm_mqtt.domain.time import Month
from unit.builders import UNHURRIED

AT = datetime(2026, 3, 1, 5, tzinfo=UTC)


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


@dataclass(frozen=True)
class Inner:
    amount: Decimal
    day: date | None = None


@dataclass(frozen=True)
class Outer:
    at: datetime
    month: Month
    inners: tuple[Inner, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    share: float = 0.0
    added_later: str = "as ever"


@dataclass(frozen=True, eq=False)
class Array:
    values: Integers


OUTER = Outer(AT, Month(2026, 3), (Inner(Decimal("1.50")), Inner(Decimal(-2), AT.date())))


def test_a_value_comes_back_as_it_was() -> None:
    value = Outer(AT, Month(2026, 3), OUTER.inners, frozenset(Kind), 0.1 + 0.2, "x")
    assert restored(Outer, plain(value)) == value
    assert canonical(restored(Outer, plain(value))) == canonical(value)
    assert str(restored(Outer, plain(value)).inners[0].amount) == "1.50"


def test_what_an_earlier_version_did_not_know_has_its_default() -> None:
    written = plain(OUTER)
    assert isinstance(written, dict)
    del written["added_later"]
    assert restored(Outer, written) == OUTER


def test_what_is_as_by_default_does_not_count_for_a_fingerprint() -> None:
    assert essential(OUTER) == {
        "at": AT,
        "month": Month(2026, 3),
        "inners": [{"amount": Decimal("1.50")}, {"amount": Decimal(-2), "day": AT.date()}],
    }


@UNHURRIED
@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.just(0), max_size=20))
def test_arrays_come_back_whole_and_repeated_values_are_written_once(values: list[int]) -> None:
    found = restored(Array, plain(Array(np.array(values, dtype=np.int64)))).values
    assert found.tolist() == values
    assert found.dtype == np.int64
    assert plain(np.zeros(2972, np.int64)) == [[0, 2972]]


@pytest.mark.parametrize(
    "written",
    [None, [], {}, {"at": 1}, {"at": "2026"}, {"unknown": 1}, {"at": "x", "month": "2026-03"}],
)
def test_what_is_no_such_value_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"no Outer|isoformat|has no offset"):
        restored(Outer, written)  # type: ignore[arg-type]


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(TypeError):
        plain(object())
