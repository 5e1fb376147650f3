"""Bills of a panel with a companion: measured voltage counts, and is one of their inputs."""

import json
from dataclasses import replace
from decimal import Decimal

from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.pages.month_page import month_page
from bcm_mqtt.billing.pages.uncertainty import uncertainty_text
from bcm_mqtt.billing.reports import Issuer
from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.json_report import json_report
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.companion import Companion
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.tables import metadata
from unit.billing.issue.site import (
    AT,
    CIRCUITS,
    END,
    MARCH,
    START,
    TERMS,
    issue,
    measured,
    verified,
)
from unit.builders import NEW_YORK, directory, panel
from unit.store.rows import execute

MAIN = Companion("msb-1", (1, 3, 5))


def name_companion(store: Store) -> None:
    sent = directory(*CIRCUITS, of=replace(panel(), voltage_from=MAIN))
    store.directories.add(sent, encode_directory(sent), AT)


def put_voltages(store: Store, volts: int) -> None:
    """All of March but its first day."""
    execute(store, "DELETE FROM electrical_interval")
    rows: list[Row] = [
        (1000 + pole, start, volts * 1000 * INTERVAL_MS, INTERVAL_MS, None, 0, None, 0)
        for pole in MAIN.poles
        for start in range(to_ms(START) + 96 * INTERVAL_MS, to_ms(END), INTERVAL_MS)
    ]
    for pole in MAIN.poles:
        new = f"VALUES ({1000 + pole}, 'msb-1', {pole}) ON CONFLICT DO NOTHING"
        execute(store, f"INSERT INTO pole (id, panel, number) {new}")
    with store.database.writing() as connection:
        put(connection, metadata.tables["electrical_interval"], rows, replace=True)


def test_a_month_at_measured_voltage_says_so_everywhere(store: Store) -> None:
    measured(store)
    put_voltages(store, 126)
    name_companion(store)
    site = bill_month(store, TERMS, MARCH, AT)
    bill = next(bill for bill in site.bills if bill.customer.id == "Customer1")
    # 10 A, 24 h at 120 V and 719 h at 126 V; rpp-1b has no companion: 4 A, 743 h, 120 V.
    of_panels = [Decimal("934.740"), Decimal("356.640")]
    assert [row.kwh for row in bill.usage] == of_panels
    method = "at measured voltage (719 h) or nominal voltage (767 h) and a stated power factor"
    written = json.loads(json_report(site, NEW_YORK))
    assert method in written["bills"][0]["method"]
    assert written["bills"][0]["circuits"][0]["supply"]["measured_voltage_hours"] == 719
    assert written["bills"][0]["circuits"][1]["supply"] is None
    assert written["assumed_power_factor"] == ["rpp-1a:1", "rpp-1a:3", "rpp-1b:1"]
    page = month_page(site, Issuer("dc1", NEW_YORK), AT, {}, {})
    (statement,) = (one for one in page.statements if one.title == "Power factor")
    assert "rpp-1a:3 Customer2-A-1; rpp-1b:1 Customer1-B-1." in statement.text
    head, first, *_ = csv_report(site, NEW_YORK).splitlines()
    assert head.endswith(",measured_voltage_hours,measured_power_factor_hours")
    assert first.endswith(",719.00,0.00")


def test_the_class_of_the_companions_meter_counts_and_changes_no_money(store: Store) -> None:
    measured(store)
    put_voltages(store, 126)
    name_companion(store)

    def billed() -> tuple[Bill, str]:
        site = bill_month(store, TERMS, MARCH, AT)
        bill = next(bill for bill in site.bills if bill.customer.id == "Customer1")
        return bill, uncertainty_text(bill)

    before, text = billed()
    assert "measured voltage: class of meter not stated: 2 %" in text
    issue(store)
    meter = Instrument((1, 3, 5), maker="acme", meter_class="0.5")
    main = replace(directory(of=panel("msb-1")), instruments=(meter,))
    store.directories.add(main, encode_directory(main), AT)
    after, text = billed()
    assert "measured voltage: meter of class 0.5" in text
    assert after.uncertainty_kwh < before.uncertainty_kwh
    assert (after.kwh, after.amount) == (before.kwh, before.amount)
    assert {check.changed for check in verified(store).bills} == {()}


def test_what_the_companion_measured_is_an_input_of_the_bill(store: Store) -> None:
    measured(store)
    issue(store)
    name_companion(store)  # of a time in which it measured nothing
    assert {check.changed for check in verified(store).bills} == {()}
    put_voltages(store, 126)
    by_customer = {check.customer: check.changed for check in verified(store).bills}
    assert by_customer == {
        "Customer1": ("voltage and power factor of rpp-1a",),
        "Customer2": ("voltage and power factor of rpp-1a",),
    }
    issue(store, revise=True)
    assert {check.changed for check in verified(store).bills} == {()}
    put_voltages(store, 114)
    assert all(check.changed for check in verified(store).bills)
