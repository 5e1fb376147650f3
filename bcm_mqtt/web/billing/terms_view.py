"""What the page of customers and tariffs shows, and what of it is in force."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from bcm_mqtt.billing.wording.tariffs import charge
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer, TermsVersion
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import Tariff, last_day
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.languages import _, day, number


@dataclass(frozen=True, slots=True)
class RateRow:
    """A version of a tariff: from when until when, what it charges, whether that is now."""

    span: str
    charges: tuple[tuple[str, str], ...]
    in_force: bool


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A tariff, its last version first."""

    id: str
    currency: str
    zone: str
    default: bool
    rates: tuple[RateRow, ...]


@dataclass(frozen=True, slots=True)
class CustomerTerms:
    """A customer as configured."""

    id: str
    name: str
    address: str
    tariff: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TermsView:
    """The page; or the lines of the configuration that are wrong."""

    site: str
    problems: tuple[str, ...]
    customers: tuple[CustomerTerms, ...] = ()
    tariffs: tuple[TariffRow, ...] = ()


def terms_view(
    site: str, terms: BillingTerms, by_circuits: Collection[str], today: date
) -> TermsView:
    """The page of terms that are right.

    Args:
        site: Its name.
        terms: What it bills by.
        by_circuits: Customers that circuits name; not all of them need be configured.
        today: There.
    """
    default = terms.default_tariff
    day_of = midnight(today, terms.zone), midnight(today + timedelta(days=1), terms.zone)
    now = {one: terms.customer_of(one, *day_of) for one in terms.customers}
    everybody = {**{one: Customer(one, one) for one in by_circuits}, **now}
    return TermsView(
        site,
        (),
        tuple(
            _customer(everybody[one], default, terms.dated.get(one, ()))
            for one in sorted(everybody)
        ),
        tuple(_tariff(terms.tariffs[one], default, today) for one in sorted(terms.tariffs)),
    )


def _customer(customer: Customer, default: str, versions: Sequence[TermsVersion]) -> CustomerTerms:
    more = [_("own use, not billed")] if customer.own_use else []
    if customer.committed_kw is not None:
        more.append(_("%(power)s kW committed", power=number(customer.committed_kw)))
    if customer.tax_exempt:
        more.append(_("no taxes"))
    if customer.tax_id:
        more.append(_("tax id %(id)s", id=customer.tax_id))
    more += _groups(customer.groups)
    more += _contracts(versions)
    more += [_dated(one, other) for one, other in pairwise(versions)]
    tariff = customer.tariff or (
        _("%(tariff)s (the default)", tariff=default) if default else _("none")
    )
    tariff = _("none") if customer.own_use else tariff
    return CustomerTerms(
        customer.id, customer.name, ", ".join(customer.address), tariff, tuple(more)
    )


def _groups(groups: Sequence[TariffGroup]) -> Iterator[str]:
    for group in groups:
        yield _("%(group)s: tariff %(tariff)s", group=group.name, tariff=group.tariff)


def _contracts(versions: Sequence[TermsVersion]) -> Iterator[str]:
    for start, end in dict.fromkeys((one.contract_start, one.contract_end) for one in versions):
        if start:
            yield _("contract from %(first)s", first=day(start))
        if end:
            yield _("contract through %(last)s", last=day(end))
    if versions and (read := versions[0].reading_day):
        yield _("read on day %(number)s of the month", number=read)


def _dated(before: TermsVersion, version: TermsVersion) -> str:
    """What is other from a day on."""
    was, now, changes = before.customer, version.customer, []
    if now.tariff != was.tariff:
        changes.append(_("tariff %(name)s", name=now.tariff))
    if now.groups != was.groups:
        groups = list(_groups(now.groups)) or [_("one tariff for all circuits")]
        changes.append("; ".join(groups))
    if now.committed_kw != was.committed_kw and now.committed_kw is not None:
        changes.append(_("%(power)s kW committed", power=number(now.committed_kw)))
    if version.reading_day != before.reading_day:
        read = version.reading_day
        changes.append(
            _("read on day %(number)s of the month", number=read) if read else _("calendar months")
        )
    if now.tax_exempt != was.tax_exempt:
        changes.append(_("no taxes") if now.tax_exempt else _("with taxes"))
    if now.tax_id != was.tax_id:
        changes.append(_("tax id %(id)s", id=now.tax_id))
    if (now.name, now.address, now.language) != (was.name, was.address, was.language):
        changes.append(_("another name, address or language"))
    first = day(version.valid_from) if version.valid_from else ""
    return _("from %(first)s: %(terms)s", first=first, terms=", ".join(changes) or "-")


def _tariff(tariff: Tariff, default: str, today: date) -> TariffRow:
    rates = []
    for version, following in pairwise([*tariff.versions, None]):
        if version is None:
            continue
        until = last_day(version, following)
        begun = version.valid_from <= today
        in_force = begun and (until is None or today <= until)
        first = day(version.valid_from)
        span = _("from %(first)s", first=first)
        if until:
            span = _("from %(first)s through %(last)s", first=first, last=day(until))
        charges = tuple(map(charge, version.terms(tariff.currency)))
        rates.append(RateRow(span, charges, in_force))
    return TariffRow(
        tariff.id, tariff.currency, tariff.zone.key, tariff.id == default, tuple(reversed(rates))
    )
