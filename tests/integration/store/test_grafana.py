"""Every query of config/grafana, as Grafana sends it, on the database that it is for."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bcm_mqtt.domain.time import to_ms, to_text
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.store import Quarantined, Store
from unit.billing.issue.site import issue, measured, rolled_up
from unit.builders import NOON, QUARTER, polled, snapshot
from unit.store.test_device_intervals import metered

FOLDER = Path(__file__).parents[3] / "config" / "grafana"
DASHBOARDS: dict[str, Any] = {
    kind: json.loads((FOLDER / f"bcm-mqtt-{kind}.json").read_text(encoding="utf-8"))
    for kind in ("postgresql", "sqlite")
}
SINCE, UNTIL = NOON - QUARTER, NOON + 8 * QUARTER
CHOSEN = {"panel": "rpp-1a", "pole": "3", "customer": "Customer2"}
Row = tuple[object, ...]
Answer = tuple[list[str], list[Row]]
Grafana = Callable[[str], Answer]
START, SECOND, THIRD = (to_ms(NOON + step * QUARTER) / 1000 for step in range(3))


def filled(url: str) -> None:
    """A month with its bills, and a few hours with something for every query to find."""
    with closing(Store(url)) as store:
        store.database.ensure_schema()
        measured(store)
        issue(store)
        # The last reading stands for 22.5 minutes: half of the third quarter hour.
        store.arrivals.add(polled(NOON, NOON + 2 * QUARTER, [10_000, 5_000, 8_000, None, 9_000]))
        store.arrivals.add(metered(NOON, NOON + QUARTER))
        store.arrivals.add([snapshot(NOON + QUARTER, [2000], panel_id="rpp-1b")])
        fallen = metered(NOON + QUARTER, NOON + QUARTER * 2)[1:]
        store.arrivals.add([type(one)(**{**_fields(one), "energy": (7,)}) for one in fallen])
        store.quarantine.add([Quarantined("bcm/rpp-1a/snapshot", b"{", NOON, "not JSON")])
        store.entries.add(
            IntervalEdit(
                *("rpp-1a", 1, NOON, NOON + QUARTER, EditAction.SET),
                *("Zoë", "the clamp was open", NOON, 1_500_000),
            )
        )
        rolled_up(store)
        store.arrivals.add([snapshot(UNTIL + QUARTER, [1], panel_id="new")])  # not rolled up


def _fields(one: object) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}  # type: ignore[attr-defined]


def queries(kind: str) -> dict[str, str]:
    """SQL by the title of its panel, or the name of its variable."""
    dashboard = DASHBOARDS[kind]
    key = "rawSql" if kind == "postgresql" else "rawQueryText"
    found = {
        panel["title"]: target[key]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    }
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            query = variable["query"]
            found[variable["name"]] = query if isinstance(query, str) else query[key]
    return found


def sent(sql: str, kind: str) -> str:
    """What is left to the database when Grafana has put in variables and macros."""
    for name, value in CHOSEN.items():
        quoted = "'" + value.replace("'", "''") + "'"
        sql = sql.replace(f"${{{name}:sqlstring}}", quoted).replace(f"${name}", value)
    if kind == "sqlite":
        sql = sql.replace("$__from", str(to_ms(SINCE))).replace("$__to", str(to_ms(UNTIL)))
    else:
        since, until = f"'{to_text(SINCE)}'", f"'{to_text(UNTIL)}'"
        sql = re.sub(r"\$__timeFilter\(([\w.]+)\)", rf"\1 BETWEEN {since} AND {until}", sql)
        sql = sql.replace("$__timeFrom()", since).replace("$__timeTo()", until)
    assert "$" not in sql
    return sql


def plain(value: object) -> object:
    """Times as seconds, as the data source for SQLite takes them."""
    if isinstance(value, datetime):
        return to_ms(value.astimezone(UTC)) / 1000
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal | int) else value


@pytest.fixture(scope="module")
def postgresql_answer(postgresql: Any) -> Iterator[Grafana]:  # noqa: ANN401 - a fixture's class
    url = postgresql.database()
    filled(url)
    page = (FOLDER.parents[1] / "docs" / "grafana.md").read_text(encoding="utf-8")
    granted = re.search(r"```sql\n(.*?)```", page, re.DOTALL)
    assert granted
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(granted[1].encode())
        connection.execute("SET ROLE dashboard")

        def answer(title: str) -> Answer:
            cursor = connection.execute(sent(queries("postgresql")[title], "postgresql").encode())
            rows = [tuple(map(plain, row)) for row in cursor]
            return [column.name for column in cursor.description or ()], rows

        yield answer


@pytest.fixture(scope="module")
def sqlite_answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grafana]:
    file = tmp_path_factory.mktemp("grafana") / "bcm.db"
    filled(f"sqlite:///{file}")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:

        def answer(title: str) -> Answer:
            cursor = connection.execute(sent(queries("sqlite")[title], "sqlite"))
            rows = [tuple(map(plain, row)) for row in cursor]
            return [column[0] for column in cursor.description], rows

        yield answer


@pytest.mark.parametrize("title", queries("sqlite"))
def test_a_query_finds_the_same_on_both_databases(
    postgresql_answer: Grafana, sqlite_answer: Grafana, title: str
) -> None:
    columns, rows = sqlite_answer(title)
    same_columns, same_rows = postgresql_answer(title)
    assert rows
    assert same_columns == columns
    for one, other in zip(same_rows, rows, strict=True):
        assert one == pytest.approx(other)


FIGURES: dict[str, list[Row]] = {
    "Current by panel": [
        (START, "rpp-1a", 32.0),
        (START, "rpp-1b", 1.0),
        (SECOND, "rpp-1a", 32.0),
        (SECOND, "rpp-1b", pytest.approx(1.0, abs=0.1)),
        (THIRD, "rpp-1a", 32.0),
        (THIRD, "rpp-1b", 1.0),
    ],
    "Current by phase": [
        (time, f"Phase {phase}", amps)
        for time in (START, SECOND, THIRD)
        for phase, amps in (("A", 15.0), ("B", 8.0), ("C", 9.0))
    ],
    "Circuits": [
        (1.0, "1", "Customer1-A-1", 20.0, 10.0, 50.0),
        (2.0, "2", "", 20.0, 5.0, 25.0),
        (3.0, "3+5", "Customer2-A-1", 20.0, 9.0, 45.0),
    ],
    "Quarter hours": [(time, 8.0, 8.0, 8.0) for time in (START, SECOND, THIRD)],
    "Readings": [(START, 8.0), (SECOND, 8.0)],
    "Days": [("2026-11-20", 5.0, 8.0, 0.625, None, None)],
    # 743 h of March at 208 V and the mean of 8 A and 8 A.
    "Energy by month": [("2026-03", 1236.352)],
    "Signed entries about intervals": [
        (1.0, "rpp-1a", 1.0, START, SECOND, START, "set", "Zoë", "the clamp was open")
    ],
    "Could not be stored": [("bcm/rpp-1a/snapshot", "not JSON", 1.0, START)],
    "Registers that fell or jumped": [(SECOND, "rpp-1b", 1.0, 1.0, 0.0)],
    "panel": [("rpp-1a",), ("rpp-1b",)],
    "pole": [(1.0,), (2.0,), (3.0,), (4.0,), (5.0,)],
    "customer": [("Customer1",), ("Customer2",)],
}


@pytest.mark.parametrize("title", FIGURES)
def test_the_figures_are_those_of_the_site(sqlite_answer: Grafana, title: str) -> None:
    _, rows = sqlite_answer(title)
    assert rows == [
        tuple(pytest.approx(item) if isinstance(item, float) else item for item in row)
        for row in FIGURES[title]
    ]


def test_coverage_is_of_all_poles_and_a_half_where_the_last_reading_stands(
    sqlite_answer: Grafana,
) -> None:
    _, rows = sqlite_answer("Covered time by panel")
    assert [row for row in rows if row[1] == "rpp-1a"] == [
        (START, "rpp-1a", 100.0),
        (SECOND, "rpp-1a", 100.0),
        (THIRD, "rpp-1a", 50.0),
    ]


def test_a_bill_is_shown_with_the_lines_that_make_its_amount(sqlite_answer: Grafana) -> None:
    columns, bills = sqlite_answer("Bills")
    (bill,) = (dict(zip(columns, row, strict=True)) for row in bills)
    columns, lines = sqlite_answer("Lines of the latest bill")
    amounts = [dict(zip(columns, row, strict=True))["amount"] for row in lines]
    assert (bill["status"], bill["kwh"]) == ("issued", 1236.352)
    assert bill["amount"] == pytest.approx(146.51)
    assert sum(amounts) == pytest.approx(bill["amount"])  # type: ignore[arg-type]


def test_both_dashboards_show_the_same() -> None:
    shown = [
        [(panel["title"], panel["type"], panel["gridPos"]) for panel in dashboard["panels"]]
        for dashboard in DASHBOARDS.values()
    ]
    assert shown[0] == shown[1]
    assert list(queries("postgresql")) == list(queries("sqlite"))
    rows = [title for title, kind, _ in shown[0] if kind == "row"]
    assert [row.split()[0].strip(":") for row in rows] == [
        *("Site", "Panel", "Circuit", "Customer", "Data")
    ]
    assert {panel["id"] for panel in DASHBOARDS["sqlite"]["panels"]} == set(
        range(1, len(shown[0]) + 1)
    )


@pytest.mark.parametrize("kind", DASHBOARDS)
def test_a_series_has_its_time_and_names_the_data_source(kind: str) -> None:
    source = {"postgresql": "grafana-postgresql-datasource", "sqlite": "frser-sqlite-datasource"}
    for panel in DASHBOARDS[kind]["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"] == {"type": source[kind], "uid": "${source}"}
            if kind == "sqlite":
                assert target["queryText"] == target["rawQueryText"]
            if panel["type"] == "timeseries":
                form = target.get("format", target.get("queryType"))
                assert form in {"time_series", "time series"}
                assert target.get("timeColumns", ["time"]) == ["time"]
                assert " AS time" in queries(kind)[panel["title"]]
