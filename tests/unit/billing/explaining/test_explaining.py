"""Explanations: every printed step is worked out again, from the bill down to the registers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.config import PanelSettings, load
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.builders import NEW_YORK, circuit, directory, panel, snapshot
from unit.site_files import write_site

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
DAYS = 11  # over the change to daylight saving time on the 8th
HOUR, MINUTE, QUARTER = timedelta(hours=1), timedelta(minutes=1), timedelta(minutes=15)
AS_OF = START + timedelta(days=DAYS)
MOVED = START + timedelta(days=3, hours=10, minutes=7)
SHORT_GAP, LONG_GAP = START + timedelta(days=2, hours=9), START + timedelta(days=9, hours=1)
PARTLY = START + timedelta(days=1, hours=6, minutes=30)
SET, DISCARDED = START + timedelta(days=5), START + timedelta(days=6)
TARIFFS = """\
tariffs:
  standard:
    versions:
      - valid_from: 2026-01-01
        energy: {day: [{up_to: 40, price: 0.21}, {price: 0.17}], night: 0.0999}
        overhead: 1.35
        schedule:
          - {period: day, days: mon-fri, hours: "07:00-21:00"}
          - {period: night, days: mon-fri, hours: ["21:00-24:00", "00:00-07:00"]}
          - {period: night, days: [sat, sun]}
        demand:
          - {price: 12.5, minimum_kw: 100}
          - {price: 3.25, period: day}
          - {price: 1.75, coincident: false}
          - {name: Hourly, price: 2.5, window: 60}
          - {name: Sliding, price: 2.25, window: 30, sliding: true, period: day}
        committed: {kw: 5, price: 20, overage_price: 30}
        fees: [{name: Circuits, price: 3.5, per: circuit}]
        taxes: [{name: VAT, percent: 8.875}]
"""
CIRCUITS = (
    replace(circuit((1,)), power_factor=Decimal("0.95")),
    circuit((3, 5), "Customer1-A-2"),
    circuit((7, 9, 11), "Customer1-A-3", connection=Connection.WYE),
    circuit((8, 10, 12), "Customer1-A-4", connection=Connection.DELTA),
    circuit((14, 16, 18), "Customer1-A-5", connection=Connection.DELTA),
    circuit((13, 15), "Customer1-A-6", connection=Connection.TWO_LINE_NEUTRAL),
    circuit((17, 19), "Customer1-A-7"),
    circuit((20,), "Customer1-A-8"),
    circuit((22,), "Customer1-A-9"),
    circuit((24,), "Customer1-A-10"),
    replace(circuit((24,), "Customer2-A-1"), valid_from=MOVED),
)
UNMONITORED = 19


def read_at(minute: int, random: Random) -> Snapshot | None:
    """Five minutes apart with some missing: polls, poles, hours."""
    at = START + minute * MINUTE + timedelta(milliseconds=123)
    gone = any(
        gap <= at < gap + length
        for gap, length in (
            (SHORT_GAP, HOUR),
            (LONG_GAP, 5 * HOUR),
            (PARTLY, 11 * MINUTE),
            (PARTLY + HOUR, 4 * MINUTE),
        )
    )
    if gone or random.random() < 0.005:
        return None
    current: list[int | None] = [random.randrange(0, 200) * 100 for _ in range(24)]
    current[13], current[15], current[17] = 15_000, 1_000, 1_300  # no triangle
    if random.random() < 0.02:
        current[2] = None
    power, energy = [None] * 19 + [1_234_567 + minute], [None] * 21 + [7_000_000 + 13 * minute]
    return replace(
        snapshot(at, current, poll_ms=300_000, seq=minute),
        power=tuple(power),
        energy=tuple(energy),
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PanelSettings]:
    return dict(load(write_site(tmp_path_factory.mktemp("site"))).panels)


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> BillingTerms:
    config = write_site(tmp_path_factory.mktemp("tariffs"))
    (config.parent / "tariffs.yaml").write_text(TARIFFS)
    return BillingTerms(NEW_YORK, "USD", {}, load(config).terms.tariffs, "standard", CustomerRule())


def stocked(folder: Path) -> Store:
    store = Store(f"sqlite:///{folder}/bcm.db")
    store.database.ensure_schema()
    random = Random(5)
    items = [read_at(minute, random) for minute in range(0, DAYS * 24 * 60, 5)]
    store.arrivals.add([item for item in items if item])
    sent = directory(*CIRCUITS, of=panel(unmonitored=[UNMONITORED]))
    store.directories.add(sent, encode_directory(sent), BEGINNING)
    while store.roll_up.intervals() or store.roll_up.days(NEW_YORK):
        pass
    for start, action, milliwatts in (
        (SET, EditAction.SET, 1_500_001),
        (DISCARDED, EditAction.DISCARD, None),
    ):
        edit = IntervalEdit(
            "rpp-1a", 1, start, start + HOUR, action, "Ann", "the CT was off", AS_OF, milliwatts
        )
        store.entries.add(edit)
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = stocked(tmp_path_factory.mktemp("explained"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def bill(store: Store, terms: BillingTerms) -> Bill:
    site = bill_month(store, terms, MARCH, AS_OF)
    return next(bill for bill in site.bills if bill.customer.id == "Customer1")


class Explained:
    """Asks and checks."""

    def __init__(
        self, store: Store, terms: BillingTerms, bill: Bill, settings: dict[str, PanelSettings]
    ) -> None:
        self.store, self.terms, self.bill, self.settings = store, terms, bill, settings

    def __call__(self, *, least: int = 1, **wanted: object) -> list[Section]:
        """Sections of which at least so many steps have a formula; all are worked out."""
        asked = FigureQuery(**wanted)  # type: ignore[arg-type]
        found = list(explained(self.store, self.terms, self.bill, AS_OF, asked, self.settings))
        assert check(found) >= least
        return found


@pytest.fixture
def explain(
    store: Store, terms: BillingTerms, bill: Bill, settings: dict[str, PanelSettings]
) -> Explained:
    return Explained(store, terms, bill, settings)


def titles(sections: list[Section]) -> list[str]:
    return [section.title for section in sections]


def whats(sections: list[Section]) -> list[str]:
    return [step.what for section in sections for step in section.steps]


def values(sections: list[Section]) -> dict[str, str]:
    return {step.what: step.value for section in sections for step in section.steps}


def test_the_whole_bill_adds_up(explain: Explained, bill: Bill) -> None:
    found = explain(least=25)
    assert titles(found)[1:] == ["lines", "determinants", "usage", "uncertainty (k = 2)"]
    assert values(found)["total"] == f"{bill.amount:,}"
    assert bill.budget
    assert values(found)["all of it, in quadrature"] == f"{bill.uncertainty_kwh:,}"
    assert {line.cause.value for line in bill.budget.lines} <= values(found).keys()


def test_every_line_leads_to_its_determinant_and_its_usage(explain: Explained, bill: Bill) -> None:
    seen = set()
    for index, line in enumerate(bill.lines, 1):
        found = explain(line=index)
        assert whats(found)[1] == f"{index}. {line.label}"
        seen.add(tuple(titles(found)[1:]))
    assert {
        tuple("15 minutes" if "15 min" in title else title.partition(" from")[0] for title in one)
        for one in seen
    } == {
        ("line", "determinant", "usage of the determinant"),
        ("line", "determinant", "measured", "15 minutes"),
        ("line", "determinant", "measured", "window"),
        ("line", "determinant", "15 minutes"),
        ("line", "determinant", "each circuit's own"),
        ("line", "determinant"),
        ("line", "taxed"),
    }


def test_demand_is_found_in_the_intervals_that_it_was_measured_in(
    explain: Explained, bill: Bill
) -> None:
    measured = {one.name: f"{one.quantity:,}" for one in bill.determinants}
    lines = {line.determinant: index for index, line in enumerate(bill.lines, 1)}
    for determinant, name in (
        ("billed-demand", "demand"),
        ("demand/day", "demand/day"),
        ("overage", "demand"),
        ("demand-charge/Hourly", "demand-60min"),
        ("demand-charge/Sliding", "demand-30min-sliding/day"),
    ):
        found = values(explain(line=lines[determinant]))
        assert found["mean power: the demand"] == measured[name]
    assert titles(explain(line=lines["committed"]))[1:] == ["line", "determinant"]
    own = explain(line=lines["own-demand"])[-1].steps[-1]
    assert own.value == measured["own-demand"]


def test_the_rows_of_a_line_are_its_determinants(explain: Explained, bill: Bill) -> None:
    determinants = {one.name: one.quantity for one in bill.determinants}
    for index, line in enumerate(bill.lines, 1):
        if line.kind.value == "energy":
            last = explain(line=index)[-1].steps[-1]
            assert last.what == "with the overhead factor"
            assert last.value == f"{determinants[line.determinant]:,}"


@pytest.mark.parametrize("version", CIRCUITS[:-1], ids=lambda version: version.description)
def test_a_circuits_days_add_up(explain: Explained, bill: Bill, version: CircuitVersion) -> None:
    found = explain(circuit=("rpp-1a", version.poles[-1]), least=2)
    kwh = [row.kwh for row in bill.usage if row.circuit.first_pole == version.first_pole]
    printed = [step.value for part in found for step in part.steps if step.what == "in kWh"]
    assert printed == [f"{value:,}" for value in kwh]


def test_the_intervals_of_a_day_come_to_the_day(explain: Explained) -> None:
    for row in explain(circuit=("rpp-1a", 3))[1:]:
        for step in row.steps[:9]:
            if step.see and step.see.day:
                found = explain(circuit=step.see.circuit, day=step.see.day)
                day = next(part for part in found if part.title == f"{row.title}: {step.what}")
                assert day.steps[-1].value == step.value


def test_a_day_on_which_clocks_change_has_the_intervals_that_it_has(explain: Explained) -> None:
    found = explain(circuit=("rpp-1a", 3), day=date(2026, 3, 8))[1:]
    assert sum(len(part.steps) - 1 for part in found) == 92


def test_a_step_leads_to_what_explains_it_further(explain: Explained, bill: Bill) -> None:
    whole = [step.see for part in explain() for step in part.steps]
    assert FigureQuery(line=len(bill.lines)) in whole
    assert FigureQuery(circuit=("rpp-1a", 24)) in whole
    assert bill.peak
    together = explain(at=bill.peak.at)[-1].steps[0].see
    assert together == FigureQuery(circuit=("rpp-1a", 1), at=bill.peak.at)
    odd = [step for step in explain(circuit=("rpp-1a", 1))[-2].steps if step.see]
    assert odd
    for step in odd[:5]:
        assert step.see
        interval = explain(circuit=step.see.circuit, at=step.see.at)[1]
        assert interval.steps[0].value == step.value


@pytest.mark.parametrize("version", CIRCUITS[:-2], ids=lambda version: version.description)
@pytest.mark.parametrize(
    "at",
    [
        START,
        START + timedelta(days=2, hours=14, minutes=15),
        START + timedelta(days=7, hours=6, minutes=45),
        PARTLY,
        PARTLY + HOUR,
        LONG_GAP + 2 * HOUR,
    ],
    ids=str,
)
def test_every_interval_is_worked_out_from_its_registers(
    explain: Explained, version: CircuitVersion, at: datetime
) -> None:
    assert "energy" in values(explain(circuit=("rpp-1a", version.first_pole), at=at))


def test_the_method_of_an_estimate_is_shown_with_what_it_was_made_of(explain: Explained) -> None:
    circuit_1 = ("rpp-1a", 1)
    assert "neighbour before" in str(whats(explain(circuit=circuit_1, at=SHORT_GAP + QUARTER)))
    assert str(whats(explain(circuit=circuit_1, at=LONG_GAP + 2 * HOUR))).count("like day,") == 3
    assert "its own mean" in str(whats(explain(circuit=circuit_1, at=PARTLY + HOUR)))
    assert "entered by hand" in whats(explain(circuit=circuit_1, at=SET))
    assert "readings set aside" in whats(explain(circuit=circuit_1, at=DISCARDED + QUARTER))


def test_what_devices_measured_is_shown_as_such(explain: Explained) -> None:
    at = START + timedelta(days=4, hours=3)
    power = whats(explain(circuit=("rpp-1a", 20), at=at))
    assert any(what.startswith("power as the device measured it") for what in power)
    over_a_gap = explain(circuit=("rpp-1a", 22), at=LONG_GAP + HOUR)
    assert "spread evenly, of these 15 minutes" in whats(over_a_gap)


def test_a_handover_within_an_interval_shows_the_customers_share(explain: Explained) -> None:
    assert "of it the customer's" in whats(explain(circuit=("rpp-1a", 24), at=MOVED))


def test_registers_are_named_as_the_profile_has_them(explain: Explained) -> None:
    found = titles(explain(circuit=("rpp-1a", 1), at=START + timedelta(days=4, hours=3)))
    assert found[-1] == (
        "readings of pole 1: unit id 1, meter 1 channel 1, "
        "register 501 (address 501, function code 3)"
    )


def test_all_circuits_together_come_to_the_demand(explain: Explained, bill: Bill) -> None:
    assert bill.peak is not None
    found = values(explain(at=bill.peak.at, least=2))
    assert found["mean power: the demand"] == f"{bill.peak.kw:,}"


def test_snapshots_that_were_removed_are_said_to_be_gone(
    tmp_path: Path, terms: BillingTerms, bill: Bill, settings: dict[str, PanelSettings]
) -> None:
    pruned = stocked(tmp_path)
    with pruned.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM snapshot")
    explain = Explained(pruned, terms, bill, settings)
    at = START + timedelta(days=4, hours=3)
    found = explain(circuit=("rpp-1a", 3), at=at)
    pruned.close()
    assert whats(found)[-2:] == ["its snapshots were removed"] * 2
    assert values(found)["energy"]


def test_a_panel_that_is_not_in_the_configuration_has_no_registers(
    store: Store, terms: BillingTerms, bill: Bill
) -> None:
    found = Explained(store, terms, bill, {})(
        circuit=("rpp-1a", 1), at=START + timedelta(days=4, hours=3)
    )
    assert titles(found)[-1] == "readings of pole 1"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"line": 99}, "line 99: expected a line from 1 to "),
        ({"circuit": ("rpp-1a", 2)}, "circuit rpp-1a:2: expected one of rpp-1a:1, "),
        ({"circuit": ("rpp-1a", 24), "at": MOVED + HOUR}, "the circuit is not that of Cust"),
        ({"at": END}, "expected a time of 2026-03"),
        ({"day": date(2026, 3, 4)}, "expected a circuit with a day"),
        ({"circuit": ("rpp-1a", 24), "day": date(2026, 3, 5)}, "the circuit is not that of"),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, "expected a time of 2026-03"),
    ],
)
def test_what_is_not_on_the_bill_is_told(
    explain: Explained, wanted: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        explain(**wanted)  # type: ignore[arg-type]
