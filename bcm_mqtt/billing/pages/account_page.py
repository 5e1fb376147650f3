"""The statement of an account as a page: its texts and figures, for HTML and PDF to lay out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.pages.head import Figure, Notice, amount_figure
from bcm_mqtt.billing.pages.words import money, number, status_text, time
from bcm_mqtt.domain.bill.statement import SiteBill, Statement, StatementPart
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.languages import _, month, ngettext


@dataclass(frozen=True, slots=True)
class StatementMonth:
    """The month in words: each site has its own hours of it."""

    month: str


@dataclass(frozen=True, slots=True)
class BillLine:
    """A bill of the statement.

    Attributes:
        site: Its name.
        site_id: Its id.
        customer: The account's customer id there.
        status: Whether it is issued, with its number.
        kwh: Of the bill.
        amount: With its currency; "" without a price.
    """

    site: str
    site_id: str
    customer: str
    status: str
    kwh: str
    amount: str


@dataclass(frozen=True, slots=True)
class Part:
    """Bills of one seller, currency and tax country, which are added up.

    Attributes:
        title: Seller, country and currency.
        lines: Its bills.
        kwh: Of all of them.
        amount: Of those with a price, with its currency.
    """

    title: str
    lines: tuple[BillLine, ...]
    kwh: str
    amount: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """All of it, in the order of the page.

    Attributes:
        account: Id of the account.
        period: Its month.
        issuer: Whose head it has.
        mark: That it is incomplete, or "".
        notices: What must be seen first.
        figures: A sum for each currency.
        facts: When it was made.
        parts: The bills.
        without: Sites at which the account has no bill, in words, or "".
        rule: What is added up, and what is not.
        foot: Of every page.
    """

    account: str
    period: StatementMonth
    issuer: Issuer
    mark: str
    notices: tuple[Notice, ...]
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    without: str
    rule: str
    foot: str


def account_page(
    statement: Statement,
    sites: Mapping[str, str],
    sellers: Mapping[str, str],
    issuer: Issuer,
    made: datetime,
) -> AccountPage:
    """The page of a statement.

    Args:
        statement: To show.
        sites: Names of its sites by id.
        sellers: Names of sellers by id.
        issuer: The office, whose head and time zone it has.
        made: When, UTC.
    """
    period = StatementMonth(month(statement.month.first_day))
    absent = ", ".join(sites.get(site, site) for site in statement.without)
    count = len(statement.bills)
    return AccountPage(
        account=statement.account,
        period=period,
        issuer=issuer,
        mark=_("INCOMPLETE") if statement.away else "",
        notices=tuple(_notices(statement, sites)),
        figures=tuple(
            amount_figure(_("Bills in %(currency)s", currency=currency), amount, currency)
            for currency, amount in statement.amounts.items()
        ),
        facts=(
            (_("Account"), statement.account),
            (_("Bills"), str(count)),
            (_("Made"), time(made, issuer.zone)),
        ),
        parts=tuple(_part(part, sites, sellers) for part in statement.parts),
        without=_("No bill of this month: %(sites)s.", sites=absent) if absent else "",
        rule=_(
            "This statement lists bills and is none. Bills of one seller, currency and tax country"
            " are added up; amounts of different currencies are not."
        ),
        foot=_(
            "Statement of account %(account)s, %(month)s",
            account=statement.account,
            month=period.month,
        ),
    )


def _notices(statement: Statement, sites: Mapping[str, str]) -> Iterator[Notice]:
    if statement.away:
        names = ", ".join(sites.get(site, site) for site in statement.away)
        text = _("The bills of these sites are not known now: %(sites)s.", sites=names)
        yield Notice(_("Incomplete."), text)
    drafts = sum(one.bill.issue is None for one in statement.bills)
    if drafts:
        text = ngettext(
            "%(num)s bill is not issued, and may still change.",
            "%(num)s bills are not issued, and may still change.",
            drafts,
        )
        yield Notice(_("Provisional."), text)


def _part(part: StatementPart, sites: Mapping[str, str], sellers: Mapping[str, str]) -> Part:
    joint = part.joint
    named = (sellers.get(joint.seller, joint.seller), joint.country, joint.currency)
    return Part(
        title=", ".join(filter(None, named)),
        lines=tuple(_line(one, sites) for one in part.bills),
        kwh=number(part.kwh),
        amount=money(part.amount, joint.currency),
    )


def _line(one: SiteBill, sites: Mapping[str, str]) -> BillLine:
    bill = one.bill
    return BillLine(
        site=sites.get(one.site, one.site),
        site_id=one.site,
        customer=bill.customer.id,
        status=status_text(bill),
        kwh=number(bill.kwh),
        amount=money(bill.amount, bill.currency) if bill.priced else "",
    )
