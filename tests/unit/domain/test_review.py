"""Review: which bills are held, and for what."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.review import holds
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.quality import Finding, Flag
from unit.domain.examples import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
FIVE_PERCENT = Decimal("0.05")


def reasons(not_measured: Mapping[str, str], findings: Sequence[Finding] = ()) -> list[str]:
    """Of a bill of 100 h and 100 kWh, by hours that are missing or estimated, and kWh that are."""
    missing, estimated, kwh = (
        Decimal(not_measured.get(what, "0")) for what in ("missing", "estimated", "kwh")
    )
    coverage = Coverage(100 - missing - estimated, missing, estimated)
    row = Usage(
        "rpp-1a",
        CircuitVersion((1,)),
        "Customer1",
        START,
        END,
        Decimal(100),
        coverage,
        estimated_kwh=kwh,
    )
    customer = Customer("Customer1", "Customer1")
    bill = Bill(customer, MARCH, START, END, "USD", "", (), (row,), findings=tuple(findings))
    return list(holds(bill, FIVE_PERCENT))


def finding(flag: Flag, detail: str, poles: tuple[int, ...] = (1, 3)) -> Finding:
    return Finding(flag, "rpp-1a", poles, START, START + timedelta(hours=1), detail)


@pytest.mark.parametrize(
    ("not_measured", "expected"),
    [
        ({"missing": "5"}, []),
        ({"missing": "2.5", "estimated": "2.5", "kwh": "5"}, []),
        ({"kwh": "5.01"}, ["5.01 % of the energy is estimated, more than 5 %"]),
        (
            {"missing": "5.01"},
            [
                "5.01 % of the circuit hours are missing and could not be estimated, more than 5 %",
            ],
        ),
        (
            {"missing": "3", "estimated": "3", "kwh": "0.1"},
            ["6.00 % of the circuit hours are estimated or missing, more than 5 %"],
        ),
        ({"estimated": "8", "kwh": "8"}, ["8.00 % of the energy is estimated, more than 5 %"]),
    ],
)
def test_a_bill_is_held_for_shares_of_energy_or_of_hours(
    not_measured: dict[str, str], expected: list[str]
) -> None:
    assert reasons(not_measured) == expected


def test_a_finding_that_holds_is_a_reason_and_another_is_none() -> None:
    found = [
        finding(Flag.FLAT, "24 h of exactly 0.975 kW"),
        finding(Flag.POLE_TWICE, "pole 1 is on breakers 1 and 1+3"),
        finding(Flag.POLE_TWICE, "pole 3 is on breakers 3 and 1+3"),
        finding(Flag.MAIN_DIFFERS, "12.0 kWh a day", ()),
    ]
    assert reasons({}, found) == [
        "rpp-1a:1+3: A pole on two circuits: pole 1 is on breakers 1 and 1+3 (and 1 more)",
        "rpp-1a: The circuits differ from the main: 12.0 kWh a day",
    ]
