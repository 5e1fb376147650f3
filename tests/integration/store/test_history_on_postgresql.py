"""A history from PostgreSQL is what it is from SQLite, to the last digit."""

from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.domain.history.grid import STEPS
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.history.archive import Archive, History
from bcm_mqtt.history.query import PointsQuery, Span
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON
from unit.web.past import START, fill_past, store_past

FORMULA = FormulaVersion("rpp-1a", "f-rest", members_of("rpp-1a:1 - rpp-1a:3"), "", "Hooli")


def archive(store: Store) -> Archive:
    return Archive(store, NEW_YORK, CustomerRule().customer_of, formulas=(FORMULA,))


def columns(history: History) -> list[list[float]]:
    points = history.points
    bands = [*points.amps.values(), points.watts]
    arrays = [array for band in bands for array in (band.least, band.mean, band.greatest)]
    return [
        np.nan_to_num(one, nan=-1).tolist() for one in (*arrays, points.kwh, points.measured_ms)
    ]


@pytest.mark.parametrize("step", ["15min", "1h", "6h", "1d"])
def test_both_databases_tell_the_same_past(store: Store, tmp_path: Path, step: str) -> None:
    fill_past(store)
    lite = store_past(tmp_path / "bcm.db")
    asked = PointsQuery(Span(START, NOON, NOON), STEPS[step])
    here, there = archive(store), archive(lite)
    for pole in (1, 2, 3, "f-rest"):
        found = columns(here.circuit("rpp-1a", pole, asked))
        assert found == columns(there.circuit("rpp-1a", pole, asked))
        assert max(found[-2]) > 0
    for customer in ("Acme", "Hooli"):
        assert columns(here.customer(customer, asked)) == columns(there.customer(customer, asked))
    span = Span(START, NOON, NOON)
    weeks = here.customer_week("Globex", span), there.customer_week("Globex", span)
    np.testing.assert_array_equal(weeks[0].watts, weeks[1].watts)
    lite.close()
