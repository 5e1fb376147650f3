"""One bill over several sites: the bills of an account's customers as one, and parts of it again.

Panels, determinants and lines have the id of their site before them (`dc1/rpp-1a`, `dc1: Energy`),
as sites name them alike. A tax is calculated once: on the sum of what it is on at the sites.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, BilledSite, BillStatus, PanelName
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.lines import BillLine, Determinant
from bcm_mqtt.domain.time import local_days
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.quality import Finding

_PANEL: Final = "/"
_TEXT: Final = ": "
_OfPanel = TypeVar("_OfPanel", Usage, Finding, BilledMeter, PanelName, BilledCalibration)


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """What an account's customer at a site would be billed.

    Attributes:
        site: Id of the site.
        name: Of the site.
        zone: Of its month.
        seller: Id of the site's seller, or "".
        country: Where what it sells is taxed, or "".
        bill: The draft.
    """

    site: str
    name: str
    zone: ZoneInfo
    seller: str
    country: str
    bill: Bill


def joint_problems(drafts: Sequence[SiteDraft]) -> Iterator[str]:
    """Why drafts cannot be one bill, a sentence for each thing in which they differ."""
    # What a customer without a tariff would pay in says nothing.
    priced = [one for one in drafts if one.bill.priced]
    for what, values in (
        ("seller", {one.site: one.seller for one in drafts}),
        ("tax country", {one.site: one.country for one in drafts}),
        ("currency", {one.site: one.bill.currency for one in priced}),
        ("billing period", {one.site: _period(one) for one in drafts}),
    ):
        if text := differing(what, values):
            yield text


def _period(draft: SiteDraft) -> str:
    first, last = local_days(draft.bill.start, draft.bill.end, draft.zone)
    return f"{first} to {last}"


def differing(what: str, values: Mapping[str, str]) -> str:
    """How sites differ in what those of one bill have in common; "" where they do not."""
    if len(set(values.values())) < 2:
        return ""
    listed = ", ".join(f"{site} has {value or 'none'}" for site, value in values.items())
    return f"one {what}, and {listed}"


def joint_bill(account: str, drafts: Sequence[SiteDraft]) -> Bill:
    """The bill of an account for all of its sites, as a draft.

    It is held for review as long as any of them is.

    Args:
        account: Its id, which is the bill's customer; all else of it is of the first site.
        drafts: At least one, by site; bills of the same month.

    Raises:
        ValueError: they cannot be one bill.
    """
    if problems := list(joint_problems(drafts)):
        raise ValueError(f"one bill is of {'; '.join(problems)}")
    first = drafts[0].bill
    currency = next((one.bill.currency for one in drafts if one.bill.priced), first.currency)
    charged = [line for one in drafts for line in _lines(one)]
    held = any(one.bill.status is BillStatus.HELD for one in drafts)
    return replace(
        first,
        customer=replace(first.customer, id=account),
        currency=currency,
        tariff=", ".join(dict.fromkeys(one.bill.tariff for one in drafts if one.bill.priced)),
        lines=(*charged, *_taxes((one.bill for one in drafts), currency)),
        usage=tuple(row for one in drafts for row in _in_site(one, one.bill.usage)),
        determinants=tuple(
            replace(item, name=f"{one.site}{_PANEL}{item.name}")
            for one in drafts
            for item in one.bill.determinants
        ),
        load=None,  # months of sites in several zones do not begin at one instant
        findings=tuple(found for one in drafts for found in _in_site(one, one.bill.findings)),
        holds=tuple(f"{one.site}{_TEXT}{hold}" for one in drafts for hold in one.bill.holds),
        status=BillStatus.HELD if held else BillStatus.DRAFT,
        issue=None,
        past=(),
        meters=tuple(meter for one in drafts for meter in _in_site(one, one.bill.meters)),
        panel_names=tuple(name for one in drafts for name in _in_site(one, one.bill.panel_names)),
        calibrations=tuple(each for one in drafts for each in _in_site(one, one.bill.calibrations)),
        sites=tuple(
            BilledSite(
                id=one.site,
                name=one.name,
                zone=one.zone.key,
                customer=one.bill.customer.id,
                tariff=one.bill.tariff,
                start=one.bill.start,
                end=one.bill.end,
                load=one.bill.load,
                whole=one.bill.whole,
            )
            for one in drafts
        ),
    )


def parts_of(bill: Bill) -> Iterator[Bill]:
    """What is of each site, in the names of the site: without taxes and without a number."""
    for site in bill.sites:
        yield replace(
            bill,
            customer=replace(bill.customer, id=site.customer),
            tariff=site.tariff,
            start=site.start,
            end=site.end,
            load=site.load,
            whole=site.whole,
            lines=tuple(
                replace(
                    line,
                    label=line.label.removeprefix(f"{site.id}{_TEXT}"),
                    determinant=line.determinant.removeprefix(f"{site.id}{_PANEL}"),
                )
                for line in lines_of(bill, site)
            ),
            usage=tuple(_of_site(site, bill.usage)),
            determinants=tuple(_determinants(site, bill)),
            findings=tuple(_of_site(site, bill.findings)),
            meters=tuple(_of_site(site, bill.meters)),
            panel_names=tuple(_of_site(site, bill.panel_names)),
            calibrations=tuple(_of_site(site, bill.calibrations)),
            past=(),
            holds=tuple(
                hold.removeprefix(f"{site.id}{_TEXT}")
                for hold in bill.holds
                if hold.startswith(f"{site.id}{_TEXT}")
            ),
            issue=None,
            sites=(),
        )


def lines_of(bill: Bill, site: BilledSite) -> list[BillLine]:
    """The lines of a bill that are of a site, all but the taxes."""
    begin = f"{site.id}{_TEXT}"
    return [line for line in bill.lines if not line.is_tax_on_all and line.label.startswith(begin)]


def _lines(one: SiteDraft) -> Iterator[BillLine]:
    for line in one.bill.lines:
        if not line.is_tax_on_all:
            named = f"{one.site}{_PANEL}{line.determinant}" if line.determinant else ""
            yield replace(line, label=f"{one.site}{_TEXT}{line.label}", determinant=named)


def _taxes(bills: Iterable[Bill], currency: str) -> Iterator[BillLine]:
    """A line for each tax and rate: its base is the sum of those that the sites' bills have."""
    taxes = defaultdict[tuple[str, Decimal], list[BillLine]](list)
    for bill in bills:
        for line in bill.lines:
            if line.is_tax_on_all:
                taxes[line.label.rsplit(" ", 2)[0], line.price].append(line)
    for (_, rate), alike in taxes.items():
        base = sum((line.quantity for line in alike), Decimal(0))
        yield replace(alike[0], quantity=base, amount=money(base * rate, currency))


def _in_site(one: SiteDraft, rows: Iterable[_OfPanel]) -> list[_OfPanel]:
    """Rows about panels, with the id of the site before that of the panel."""
    return [replace(row, panel=f"{one.site}{_PANEL}{row.panel}") for row in rows]


def _of_site(site: BilledSite, rows: Iterable[_OfPanel]) -> Iterator[_OfPanel]:
    """Those of a site, with the panel as the site names it."""
    begin = f"{site.id}{_PANEL}"
    for row in rows:
        if row.panel.startswith(begin):
            yield replace(row, panel=row.panel.removeprefix(begin))


def _determinants(site: BilledSite, bill: Bill) -> Iterator[Determinant]:
    begin = f"{site.id}{_PANEL}"
    for item in bill.determinants:
        if item.name.startswith(begin):
            yield replace(item, name=item.name.removeprefix(begin))
