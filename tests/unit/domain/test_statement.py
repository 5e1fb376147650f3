"""Statements: what may be one bill, and that each bill is listed once and nothing else is added."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.statement import (
    Joint,
    JointAccount,
    SiteBill,
    Statement,
    joined,
    statement_of,
)
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import NO_TIME, Usage
from unit.builders import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
CURRENCIES = ("CHF", "EUR", "USD")


def bill(
    customer: str,
    amount: str | Decimal | None = "10.00",
    *,
    kwh: str | Decimal = "100.000",
    currency: str = "USD",
    status: BillStatus = BillStatus.DRAFT,
    month: Month = MARCH,
) -> Bill:
    lines: tuple[BillLine, ...] = ()
    if amount is not None:
        lines = (BillLine("Energy", Decimal(kwh), "kWh", Decimal(1), Decimal(amount)),)
    usage = Usage("rpp-1a", CircuitVersion((1,)), customer, START, END, Decimal(kwh), NO_TIME)
    tariff = "" if amount is None else "standard"
    return Bill(
        Customer(customer, customer),
        *(month, START, END, currency, tariff, lines, (usage,)),
        status=status,
    )


def at(site: str, one: Bill, seller: str = "harbor", country: str = "US") -> SiteBill:
    return SiteBill(site, seller, country, one)


ACME = JointAccount("acme", {"dc1": "Customer1", "dc2": "ACME"})


def test_a_company_has_other_ids_at_other_sites() -> None:
    others = [at("dc1", bill("ACME", "99.00")), at("dc2", bill("Customer1", "77.00"))]
    own = [at("dc1", bill("Customer1")), at("dc2", bill("ACME", "5.50"))]
    statement = statement_of(ACME, MARCH, [*others, *own])
    assert statement.bills == own
    assert statement.amounts == {"USD": Decimal("15.50")}
    assert (statement.away, statement.without) == ((), ())


@pytest.mark.parametrize(
    ("other", "parts"),
    [
        (at("dc2", bill("ACME")), 1),
        (at("dc2", bill("ACME", currency="EUR")), 2),
        (at("dc2", bill("ACME"), seller="quay"), 2),
        (at("dc2", bill("ACME"), country="CA"), 2),
    ],
)
def test_only_bills_of_one_seller_currency_and_tax_country_may_be_one(
    other: SiteBill, parts: int
) -> None:
    statement = statement_of(ACME, MARCH, [at("dc1", bill("Customer1")), other])
    assert len(statement.parts) == parts


def test_a_bill_without_a_price_adds_energy_and_no_money() -> None:
    both = [at("dc1", bill("Customer1", None)), at("dc2", bill("ACME", "5.50"))]
    (part,) = statement_of(ACME, MARCH, both).parts
    assert (part.kwh, part.amount) == (Decimal("200.000"), Decimal("5.50"))


def test_what_a_revision_has_replaced_and_other_months_are_left_out() -> None:
    replaced = at("dc1", bill("Customer1", "9.99", status=BillStatus.SUPERSEDED))
    current = at("dc1", bill("Customer1", "9.00", status=BillStatus.ISSUED))
    april = at("dc1", bill("Customer1", month=Month(2026, 4)))
    assert statement_of(ACME, MARCH, [replaced, current, april]).bills == [current]


def test_two_bills_of_one_customer_are_refused_since_both_would_be_counted() -> None:
    with pytest.raises(ValueError, match="site dc1 has two bills of Customer1 for 2026-03"):
        statement_of(ACME, MARCH, [at("dc1", bill("Customer1")), at("dc1", bill("Customer1"))])


def test_a_site_that_is_away_is_no_site_without_a_bill() -> None:
    account = JointAccount("acme", {"dc1": "Customer1", "dc2": "ACME", "dc3": "Acme"})
    statement = statement_of(account, MARCH, [at("dc1", bill("Customer1"))], away={"dc2", "dc9"})
    assert (statement.away, statement.without) == (("dc2",), ("dc3",))


cents = st.integers(-(10**9), 10**9).map(lambda value: Decimal(value).scaleb(-2))
watt_hours = st.integers(0, 10**9).map(lambda value: Decimal(value).scaleb(-3))
site_ids = st.sampled_from(("dc1", "dc2", "dc3", "dc4"))
customers = st.sampled_from(("ACME", "Customer1", "Customer2"))


@st.composite
def portfolios(draw: st.DrawFn) -> list[SiteBill]:
    """The bills of some sites, each of one seller and country, in tariffs' currencies."""
    sellers = draw(
        st.fixed_dictionaries({"dc1": _SELLER, "dc2": _SELLER, "dc3": _SELLER, "dc4": _SELLER})
    )
    keys = draw(st.sets(st.tuples(site_ids, customers)))
    return [
        at(
            site,
            bill(
                customer,
                draw(cents | st.none()),
                kwh=draw(watt_hours),
                currency=draw(st.sampled_from(CURRENCIES)),
            ),
            *sellers[site],
        )
        for site, customer in sorted(keys)
    ]


_SELLER = st.tuples(st.sampled_from(("harbor", "quay")), st.sampled_from(("CH", "US")))


def every_customer_in_one_account(bills: Sequence[SiteBill]) -> list[JointAccount]:
    """Accounts that have every customer: the one of a site is no other's."""
    accounts = defaultdict[int, dict[str, str]](dict)
    seen = Counter[str]()
    for one in bills:
        accounts[seen[one.site]][one.site] = one.bill.customer.id
        seen[one.site] += 1
    return [JointAccount(f"account-{number}", own) for number, own in accounts.items()]


def by_currency(bills: Sequence[SiteBill]) -> Counter[str]:
    """Cents by currency, counted one by one."""
    sums = Counter[str]()
    for one in bills:
        if one.bill.priced:
            sums[one.bill.currency] += int(one.bill.amount * 100)
    return sums


@given(portfolios())
def test_the_statements_of_all_accounts_are_the_bills_of_all_sites(bills: list[SiteBill]) -> None:
    statements = [
        statement_of(account, MARCH, bills) for account in every_customer_in_one_account(bills)
    ]
    listed = [one for statement in statements for one in statement.bills]
    assert Counter((one.site, one.bill.customer.id) for one in listed) == Counter(
        (one.site, one.bill.customer.id) for one in bills
    )
    sums = Counter[str]()
    for statement in statements:
        sums.update({currency: int(sum_ * 100) for currency, sum_ in statement.amounts.items()})
    assert {key: value for key, value in sums.items() if value} == {
        key: value for key, value in by_currency(bills).items() if value
    }


@given(portfolios())
def test_parts_add_up_to_the_statement_and_hold_what_may_be_joined(bills: list[SiteBill]) -> None:
    statement = Statement("all", MARCH, joined(bills))
    assert len({part.joint for part in statement.parts}) == len(statement.parts)
    for part in statement.parts:
        assert {one.joint for one in part.bills} == {part.joint}
        assert {one.bill.currency for one in part.bills} == {part.joint.currency}
    sums = defaultdict[str, Decimal](Decimal)
    for part in statement.parts:
        sums[part.joint.currency] += part.amount
    assert statement.amounts == {
        currency: sums[currency]
        for currency in CURRENCIES
        if any(one.bill.priced and one.bill.currency == currency for one in bills)
    }
    assert sum((part.kwh for part in statement.parts), Decimal(0)) == sum(
        (one.bill.kwh for one in bills), Decimal(0)
    )


def test_a_part_is_named_by_what_its_bills_have_in_common() -> None:
    (part,) = joined([at("dc1", bill("Customer1"))])
    assert part.joint == Joint("USD", "harbor", "US")
