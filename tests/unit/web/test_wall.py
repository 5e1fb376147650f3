"""What a wall shows: power without counting twice, the worst circuits, alarms, energy of today."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.history.circuit_slots import CircuitSlots
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import DEFAULT_PATTERN, Customer, CustomerRule
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.history.query import Span
from bcm_mqtt.history.site_energy import energy_by_customer
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.web.wall.glance import glance, site_power
from bcm_mqtt.web.wall.today import today_of
from unit.builders import NOON
from unit.domain.examples import NEW_YORK
from unit.web.conftest import SMALL, Page
from unit.web.past import START, store_past

HOUR = timedelta(hours=1)


def live(page: Page, *milliamps: int | None) -> None:
    page.live.take_broker(connected=True)
    page.shows(SMALL, *milliamps)


async def test_the_site_has_the_power_of_its_panels_without_what_feeds_another(page: Page) -> None:
    live(page, 10_000, 5_000, 1_000, None, 1_000)  # 120 V, 120 V, 208 V across two poles
    panels = list(page.live.panels.values())
    power = site_power(panels, ())
    assert power.watts is not None
    assert round(power.watts) == 2008
    fed = site_power(panels, {("rpp-1a", 1), ("rpp-9", 1)})
    assert fed.watts is not None
    assert round(fed.watts) == 808
    page.clock.advance(60)  # three polls of 15 s are over
    assert site_power(panels, ()).watts is None
    assert site_power(panels, ()).without == (SMALL.panel.name,)


async def test_the_worst_circuits_come_first(page: Page) -> None:
    live(page, 10_000, 19_000, 3_000, None, 3_000)
    values = glance(page.live, ())
    shown = [(values[f"worst{rank}"], values[f"load{rank}"]) for rank in range(3)]
    name = SMALL.panel.name
    assert shown == [
        (f"{name} 2 Globex-db", 95),
        (f"{name} 1 Acme-web", 50),
        (f"{name} 3+5 Acme-storage", 10),
    ]
    assert "worst3" not in values


async def test_alarms_are_the_worst_first_without_those_that_are_shelved(page: Page) -> None:
    live(page, 10_000)
    assert glance(page.live, ())["alarms"] == 0
    for pole, severity, state in (
        (1, Severity.WARNING, AlarmState.ACKNOWLEDGED),
        (2, Severity.CRITICAL, AlarmState.UNACKNOWLEDGED),
        (3, Severity.CRITICAL, AlarmState.SHELVED),
    ):
        report = AlarmReport(state, severity, 90.0, 80.0, NOON, None)
        page.live.take_alarm("rpp-1a", pole, AlarmKind.OVERLOAD, report)
    values = glance(page.live, ())
    assert (values["alarms"], values["severity0"]) == (2, "critical")
    assert values["alarm0"] == f"{SMALL.panel.name} 2 Globex-db: overload"
    assert values["alarm1"] == f"{SMALL.panel.name} 1 Acme-web: overload"


async def test_alarms_are_unknown_while_a_panel_is_not_read(page: Page) -> None:
    assert glance(page.live, ())["unknown"] is True
    live(page, 10_000)
    assert glance(page.live, ())["unknown"] is False
    page.live.take_bridge("dc1", online=False)
    page.live.show()
    values = glance(page.live, ())
    assert (values["unknown"], values["away/bridge/dc1"]) == (True, "2026-11-20T12:00:00.000Z")


def energy(kwh: float, slots: Slots, measured: float = 1.0) -> CircuitSlots:
    each = np.full(slots.count, 900_000.0)
    spread = np.full(slots.count, kwh * 1e9 / slots.count)
    return CircuitSlots(slots, {}, spread, each * measured, each, np.ones(slots.count))


def test_today_is_priced_by_the_tariff_of_each_customer() -> None:
    slots = Slots.between(NOON, NOON + 4 * HOUR)
    standard = Tariff("standard", "USD", NEW_YORK, (RateVersion(NOON.date(), Decimal("0.10")),))
    cheap = Tariff("cheap", "EUR", ZoneInfo("UTC"), (RateVersion(NOON.date(), Decimal("0.05")),))
    terms = BillingTerms(
        zone=NEW_YORK,
        currency="USD",
        customers={
            "Acme": Customer("Acme", "Acme", tariff="cheap"),
            "Hooli": Customer("Hooli", "Hooli", tariff="later"),
        },
        tariffs={"standard": standard, "cheap": cheap, "later": standard},
        default_tariff="standard",
        rule=CustomerRule(DEFAULT_PATTERN),
        unrated=frozenset({"later"}),
    )
    used = {"": energy(1, slots), "Acme": energy(20, slots), "Globex": energy(30, slots, 0.5)}
    today = today_of({**used, "Hooli": energy(2, slots)}, terms, NOON)
    assert today.kwh is not None
    assert round(today.kwh, 6) == 53
    assert today.cost == {"USD": Decimal("3.00"), "EUR": Decimal("1.00")}
    assert today.unpriced == ("", "Hooli")
    assert today.measured_share == 0.875
    crac = TariffGroup("Cooling", "standard", pattern="CRAC")
    grouped = replace(terms, customers={"Acme": Customer("Acme", "", (), "cheap", groups=(crac,))})
    of_group = {"Acme": energy(20, slots), "Acme: Cooling": energy(10, slots)}
    one_currency = {**terms.tariffs, "cheap": replace(cheap, currency="USD")}
    priced = today_of(
        *(of_group, replace(grouped, tariffs=one_currency), NOON),
        groups={"Acme: Cooling": ("Acme", "Cooling")},
    )
    assert priced.cost == {"USD": Decimal("2.00")}  # 20 x 0.05 + 10 x 0.10
    for unknown in ({}, {"Acme": energy(0, slots, 0.0)}):
        nothing = today_of(unknown, terms, NOON)
        assert (nothing.kwh, nothing.cost) == (None, {})


def test_the_energy_of_a_day_is_its_owners_and_what_feeds_a_panel_is_left_out(
    tmp_path: Path,
) -> None:
    day = Span(START, START + 24 * HOUR, START + 96 * HOUR)
    of = CustomerRule(DEFAULT_PATTERN).customer_of

    with closing(store_past(tmp_path / "past.db")) as store:

        def kwh(feeders: dict[str, Feeder], *formulas: FormulaVersion) -> dict[str, float]:
            energy = energy_by_customer(store, NEW_YORK, of, day, feeders, formulas)
            return {who: round(one.microwatt_hours.sum() / 1e9, 3) for who, one in energy.items()}

        # 10 A at 120 V are 28.8 kWh in 24 h, 5 A at 208 V 24.96 kWh, 2 A at 120 V 5.76 kWh.
        assert kwh({}) == {"Acme": 53.76, "Globex": 5.76}
        fed = {"floor": Feeder("rpp-1a", 1)}
        assert kwh(fed) == {"Acme": 24.96, "Globex": 5.76}

        rest = FormulaVersion("rpp-1a", "f-rest", members_of("rpp-1a:1 - rpp-1a:3"), "", "Hooli")
        assert kwh(fed, rest) == {"Acme": 24.96, "Globex": 5.76, "Hooli": 23.04}
        below = replace(rest, members=members_of("rpp-1a:3 - rpp-1a:1"))
        assert kwh(fed, below)["Hooli"] == -23.04
        half = replace(rest, valid_from=START + 12 * HOUR)
        assert kwh(fed, half)["Hooli"] == 11.52
        unread = replace(rest, members=members_of("rpp-1a:1 - rpp-1a:9"))
        assert kwh(fed, unread) == {"Acme": 24.96, "Globex": 5.76}


def test_what_a_formula_bills_is_unallocated_no_more(tmp_path: Path) -> None:
    day = Span(START, START + 24 * HOUR, START + 96 * HOUR)

    def of(version: CircuitVersion) -> str:
        return version.customer or ("Globex" if version.poles == (3,) else "")

    noon = START + 12 * HOUR
    formula = FormulaVersion("rpp-1a", "f-x", members_of("rpp-1a:1 - rpp-1a:3"), "", "Hooli", noon)
    with closing(store_past(tmp_path / "past.db")) as store:
        before = energy_by_customer(store, NEW_YORK, of, day)
        after = energy_by_customer(store, NEW_YORK, of, day, {}, [formula])
    kwh = [
        {who: round(one.microwatt_hours.sum() / 1e9, 3) for who, one in energy.items()}
        for energy in (before, after)
    ]
    assert kwh[0] == {"": 53.76, "Globex": 5.76}
    assert kwh[1] == {"": 39.36, "Globex": 5.76, "Hooli": 11.52}


async def test_the_page_can_change_nothing_and_takes_its_pace_and_colours(page: Page) -> None:
    live(page, 10_000)
    answer = await page.get("/wall?every=60&theme=light")
    assert 'data-every="60"' in answer.text
    assert 'data-theme="light"' in answer.text
    for changing in ("<button", "<input", "<form", "csrf", "edit.js"):
        assert changing not in answer.text
    assert (await page.get("/wall?every=1")).status_code == 422
    assert (await page.get("/api/v1/today")).status_code == 404  # no database
