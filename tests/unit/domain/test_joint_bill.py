"""One bill over several sites: each line once, each tax once, and its parts are what was joined."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.joint import SiteDraft, joint_bill, lines_of, parts_of
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import NO_TIME, Usage

MARCH = Month(2026, 3)
NEWARK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
Tax = tuple[str, str]
"""Name and percent."""


def draft(
    site: str,
    *charges: tuple[str, str],
    taxes: Sequence[Tax] = (),
    kwh: str = "100.000",
    zone: ZoneInfo = NEWARK,
    customer: str = "",
    currency: str = "USD",
    seller: str = "harbor",
    country: str = "US",
    status: BillStatus = BillStatus.JOINT,
    holds: tuple[str, ...] = (),
    month: Month = MARCH,
) -> SiteDraft:
    """Charges are labels and amounts; each tax is on all of them, rounded as rating does."""
    start, end = month.bounds(zone)
    lines = tuple(
        BillLine(label, Decimal(1), "kWh", Decimal(amount), Decimal(amount), determinant="energy")
        for label, amount in charges
    )
    base = sum((line.amount for line in lines), Decimal(0))
    taxed = tuple(
        BillLine(
            f"{name} {percent} %",
            *(base, currency, Decimal(percent) / 100),
            money(base * Decimal(percent) / 100, currency),
            kind=LineKind.TAX,
        )
        for name, percent in taxes
    )
    customer = customer or f"{site}-customer"
    usage = Usage("rpp-1a", CircuitVersion((1,)), customer, start, end, Decimal(kwh), NO_TIME)
    bill = Bill(
        Customer(customer, "Acme Hosting"),
        *(month, start, end, currency, "standard" if charges else "", (*lines, *taxed), (usage,)),
        determinants=(Determinant("energy", Decimal(kwh), "kWh", start, end),) if charges else (),
        status=status,
        holds=holds,
    )
    return SiteDraft(site, site.upper(), zone, seller, country, bill)


VAT = ("VAT", "19")


def test_one_rate_is_calculated_once_over_the_whole() -> None:
    """0.03 at each site: 19 % of each is 0.0057, a cent; of both 0.0114, a cent as well."""
    drafts = [
        draft("dc1", ("Energy", "0.03"), taxes=[VAT]),
        draft("dc2", ("Energy", "0.03"), taxes=[VAT]),
    ]
    assert [one.bill.taxes for one in drafts] == [Decimal("0.01"), Decimal("0.01")]
    bill = joint_bill("acme", drafts)
    assert [(line.label, line.quantity, line.amount) for line in bill.lines] == [
        ("dc1: Energy", Decimal(1), Decimal("0.03")),
        ("dc2: Energy", Decimal(1), Decimal("0.03")),
        ("VAT 19 %", Decimal("0.06"), Decimal("0.01")),
    ]
    assert bill.amount == Decimal("0.07")


def test_two_rates_are_two_lines_each_on_what_its_sites_tax() -> None:
    """City tax on dc2 alone: 6.625 % of 400.28 is 26.51855, 1 % of 111.49 is 1.1149."""
    state = ("State tax", "6.625")
    bill = joint_bill(
        "acme",
        [
            draft("dc1", ("Energy", "250.00"), ("Cabinets", "38.79"), taxes=[state]),
            draft("dc2", ("Energy", "111.49"), taxes=[state, ("City tax", "1.0")]),
        ],
    )
    assert [(line.label, line.quantity, line.amount) for line in bill.lines[3:]] == [
        ("State tax 6.625 %", Decimal("400.28"), Decimal("26.52")),
        ("City tax 1.0 %", Decimal("111.49"), Decimal("1.11")),
    ]
    assert bill.amount == Decimal("250.00") + Decimal("38.79") + Decimal("111.49") + Decimal(
        "27.63"
    )


def test_one_name_with_two_rates_is_two_taxes_and_one_rate_written_twice_is_one() -> None:
    bill = joint_bill(
        "acme",
        [
            draft("dc1", ("Energy", "100.00"), taxes=[("VAT", "19")]),
            draft("dc2", ("Energy", "100.00"), taxes=[("VAT", "19.0")]),
            draft("dc3", ("Energy", "100.00"), taxes=[("VAT", "7")]),
        ],
    )
    taxes = [(line.label, line.amount) for line in bill.lines if line.kind is LineKind.TAX]
    assert taxes == [("VAT 19 %", Decimal("38.00")), ("VAT 7 %", Decimal("7.00"))]


def test_panels_of_two_sites_that_are_named_alike_stay_apart() -> None:
    bill = joint_bill(
        "acme",
        [
            draft("dc1", ("Energy", "1.00"), kwh="5.000"),
            draft("dc2", ("Energy", "2.00"), kwh="7.000"),
        ],
    )
    assert [row.panel for row in bill.usage] == ["dc1/rpp-1a", "dc2/rpp-1a"]
    assert [item.name for item in bill.determinants] == ["dc1/energy", "dc2/energy"]
    assert [line.determinant for line in bill.lines] == ["dc1/energy", "dc2/energy"]
    assert (bill.kwh, bill.customer.id, bill.customer.name) == (
        Decimal("12.000"),
        "acme",
        "Acme Hosting",
    )


def test_each_site_has_its_own_zone_and_month() -> None:
    east, west = draft("dc1", ("Energy", "1.00")), draft("dc2", ("Energy", "2.00"), zone=CHICAGO)
    bill = joint_bill("acme", [east, west])
    assert [(one.id, one.zone, one.start, one.end) for one in bill.sites] == [
        ("dc1", "America/New_York", east.bill.start, east.bill.end),
        ("dc2", "America/Chicago", west.bill.start, west.bill.end),
    ]
    assert west.bill.start > east.bill.start
    parts = list(parts_of(bill))
    assert [(part.customer.id, part.start) for part in parts] == [
        ("dc1-customer", east.bill.start),
        ("dc2-customer", west.bill.start),
    ]


def test_a_bill_is_held_as_long_as_a_site_holds_its_part() -> None:
    held = draft("dc2", ("Energy", "1.00"), status=BillStatus.HELD, holds=("6 % is estimated",))
    released = replace(held, bill=replace(held.bill, status=BillStatus.JOINT))
    of_other = draft("dc1", ("Energy", "1.00"))
    bills = [joint_bill("acme", [of_other, one]) for one in (held, released)]
    assert [bill.status for bill in bills] == [BillStatus.HELD, BillStatus.DRAFT]
    assert [bill.holds for bill in bills] == [("dc2: 6 % is estimated",)] * 2
    assert [part.holds for part in parts_of(bills[0])] == [(), ("6 % is estimated",)]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"seller": "harbor-eu"}, "one seller, and dc1 has harbor, dc2 has harbor-eu"),
        ({"country": "DE"}, "one tax country, and dc1 has US, dc2 has DE"),
        ({"country": ""}, "one tax country, and dc1 has US, dc2 has none"),
        ({"currency": "EUR"}, "one currency, and dc1 has USD, dc2 has EUR"),
        (
            {"month": Month(2026, 4)},
            (
                "one billing period, and dc1 has 2026-03-01 to 2026-03-31, "
                "dc2 has 2026-04-01 to 2026-04-30"
            ),
        ),
    ],
)
def test_what_cannot_be_one_bill_is_refused(other: dict[str, str], what: str) -> None:
    drafts = [draft("dc1", ("Energy", "1.00")), draft("dc2", ("Energy", "1.00"), **other)]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=rf"^one bill is of {what}$"):
        joint_bill("acme", drafts)


def test_a_site_without_a_price_has_energy_alone_in_whatever_currency() -> None:
    bill = joint_bill("acme", [draft("dc1", currency="EUR"), draft("dc2", ("Energy", "2.00"))])
    assert (bill.currency, bill.amount, bill.kwh) == ("USD", Decimal("2.00"), Decimal("200.000"))
    assert bill.priced


AMOUNTS = st.decimals(Decimal("-50.00"), Decimal("5000.00"), places=2)
KWH = st.decimals(0, Decimal("90000.000"), places=3)
TAXES = st.lists(
    st.tuples(st.sampled_from(["VAT", "City tax"]), st.sampled_from(["7", "19", "6.625"])),
    max_size=3,
    unique=True,
)
SITES = st.lists(st.tuples(st.lists(AMOUNTS, max_size=4), TAXES, KWH), min_size=1, max_size=4)


@given(SITES)
def test_the_sum_is_that_of_the_lines_and_nothing_is_lost_or_doubled(
    sites: list[tuple[list[Decimal], list[Tax], Decimal]],
) -> None:
    drafts = [
        draft(
            f"dc{at}",
            *((f"Charge {number}", str(amount)) for number, amount in enumerate(amounts)),
            taxes=taxes,
            kwh=str(kwh),
        )
        for at, (amounts, taxes, kwh) in enumerate(sites)
    ]
    bill = joint_bill("acme", drafts)
    assert bill.kwh == sum((one.bill.kwh for one in drafts), Decimal(0))
    assert bill.amount == sum((line.amount for line in bill.lines), Decimal(0))
    net = [one.bill.amount - one.bill.taxes for one in drafts]
    assert bill.amount - bill.taxes == sum(net, Decimal(0))
    taxed = [line for line in bill.lines if line.kind is LineKind.TAX]
    bases = [
        line.quantity for one in drafts for line in one.bill.lines if line.kind is LineKind.TAX
    ]
    assert sum((line.quantity for line in taxed), Decimal(0)) == sum(bases, Decimal(0))
    assert all(line.amount == money(line.quantity * line.price, "USD") for line in taxed)
    assert len({(line.label.split()[0], line.price) for line in taxed}) == len(taxed)
    for site, part, amount, one in zip(bill.sites, parts_of(bill), net, drafts, strict=True):
        own = [line for line in one.bill.lines if line.kind is not LineKind.TAX]
        assert list(part.lines) == own
        assert (part.usage, part.determinants) == (one.bill.usage, one.bill.determinants)
        assert sum((line.amount for line in lines_of(bill, site)), Decimal(0)) == amount
