"""Statements of accounts: the list, each as a page, for programs and as a file."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.pages.account_page import AccountPage
from bcm_mqtt.billing.portfolio.account_bills import draft_bill, issued_bill
from bcm_mqtt.billing.reports.account_report import ACCOUNT_FORMATS, AccountReport
from bcm_mqtt.config.portfolio import joint_books
from bcm_mqtt.domain.bill.statement import JointAccount, SiteBill, StatementPart, statement_of
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import BcmError
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.files_api import ANY_FILE, attached
from bcm_mqtt.web.office.joint import whole_bill
from bcm_mqtt.web.office.pages import OfficeGiven
from bcm_mqtt.web.office.site import OfficeSite
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import UNKNOWN, PortsGiven

if TYPE_CHECKING:  # of a Literal, a type checker takes no names that are computed
    AccountFormat = str
else:
    AccountFormat = Literal[tuple(ACCOUNT_FORMATS)]
pages = APIRouter()
router = APIRouter(prefix="/api/v1", tags=["sites"])
_WITHIN: Final = timedelta(seconds=60)
"""For the drafts of a large site."""


@dataclass(frozen=True, slots=True)
class Made:
    """A statement, and why it lacks the bills of some sites.

    Attributes:
        report: With the statement.
        problems: By site id.
    """

    report: AccountReport
    problems: Mapping[str, str]


async def statement_made(
    account: Annotated[str, Query(min_length=1, max_length=200, description="Its id.")],
    who: WhoAsks,
    office: OfficeGiven,
    ports: PortsGiven,
    month: Annotated[str, Query(max_length=7, description="YYYY-MM; the last if left out.")] = "",
) -> Made:
    """The statement that a request names, with the bills that are seen; raises 404.

    Those who do not bill see what was issued.
    """
    named = office.accounts_of(who).get(account)
    if named is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no account {account!r}")
    now = ports.clock()
    try:
        period = Month.parse(month) if month else Month.of(now, ports.zone).shifted(-1)
    except ValueError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None
    sites = [site for site in office.sites_of(who) if site.id in named.customers]
    drafts, problems = who.may(Right.BILL), dict[str, str]()
    books = joint_books([named], office.portfolio.sites).get(named.part)

    async def bills(site: OfficeSite) -> list[SiteBill]:
        customer = named.customers[site.id]
        try:
            return await site.apart.done(
                lambda: _bills(site, period, customer, drafts=drafts), _WITHIN
            )
        except BcmError as error:
            problems[site.id] = str(error)
            return []

    found = list[SiteBill]()
    if books:
        try:
            by_id = {site.id: site for site in sites}
            found += await by_id[next(iter(named.customers))].apart.done(
                lambda: whole_bill(books, by_id, period, now, drafts=drafts), _WITHIN
            )
        except BcmError as error:
            problems[named.part] = str(error)
    whole = named.whole if found or problems else None
    if whole is None:
        found = [one for listed in await asyncio.gather(*map(bills, sites)) for one in listed]
    portfolio = office.portfolio
    report = AccountReport(
        statement_of(whole or named, period, found, problems),
        portfolio.site_names,
        portfolio.seller_names,
        portfolio.issuer,
        now,
    )
    return Made(report, problems)


def _bills(site: OfficeSite, month: Month, customer: str, *, drafts: bool) -> list[SiteBill]:
    """The bill of an account's customer, if there is one; in a thread that may be left behind."""
    ledger = site.store.ledger
    ledger.database.check_schema()
    bill = issued_bill(ledger, month, customer)
    if bill is None and drafts:
        site.store.database.check_schema()
        bill = draft_bill(site.billing, month, customer)
    return [SiteBill(site.id, site.of.seller, site.of.country, bill)] if bill else []


MadeGiven = Annotated[Made, Depends(statement_made)]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the list: its id, the link to its statement, and its customers."""

    id: str
    href: str
    customers: str

    @classmethod
    def of(cls, account: JointAccount) -> Self:
        """With those of its customers that it is given with."""
        customers = (f"{site}: {customer}" for site, customer in account.customers.items())
        query = urlencode({"account": account.id})
        return cls(account.id, f"statement?{query}", ", ".join(customers))


@dataclass(frozen=True, slots=True)
class StatementsView:
    """The list of accounts."""

    site: str
    accounts: tuple[AccountRow, ...]


@pages.get("/statements", dependencies=[needs(Right.SEE_BILLS)])
async def statements_page(who: WhoAsks, office: OfficeGiven, ports: PortsGiven) -> HTMLResponse:
    """All accounts."""
    rows = tuple(map(AccountRow.of, office.accounts_of(who).values()))
    return page("office/statements.html", StatementsView(ports.live.name, rows), root="./")


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement.

    Attributes:
        site: Name of all sites together.
        page: All that it says.
        problems: Site and why its bill is not known.
        before: Query of the month before.
        after: Query of the month after.
        query: Its own.
        months: Names of the month before and after.
        forms: Names of the files that there are of it.
    """

    site: str
    page: AccountPage
    problems: tuple[tuple[str, str], ...]
    before: str
    after: str
    query: str
    months: tuple[str, str]
    forms: tuple[str, ...] = tuple(ACCOUNT_FORMATS)


@pages.get("/statement", dependencies=[needs(Right.SEE_BILLS)])
async def statement_page(made: MadeGiven, ports: PortsGiven) -> HTMLResponse:
    """A statement."""
    of = made.report.statement
    months = of.month.shifted(-1), of.month.shifted(1)
    before, after, own = (
        urlencode({"account": of.account, "month": str(month)}) for month in (*months, of.month)
    )
    names = month_text(months[0].first_day), month_text(months[1].first_day)
    problems = tuple(sorted(made.problems.items()))
    view = StatementView(ports.live.name, made.report.page(), problems, before, after, own, names)
    return page("office/statement.html", view, root="./")


class BillStated(BaseModel):
    """A bill of a statement."""

    site: str = Field(description="Its id; + and the account of one bill over several.")
    customer: str = Field(description="The account's id there.")
    sites: list[str] = Field(description="Ids of the sites of one bill over several.")
    number: int | None = Field(description="Null of a draft.")
    status: str
    kwh: Decimal
    amount: Decimal | None = Field(description="Null without a price.")


class PartStated(BaseModel):
    """Bills of one seller, currency and tax country."""

    currency: str
    seller: str
    seller_name: str
    country: str
    kwh: Decimal
    amount: Decimal
    bills: list[BillStated]


class StatementStated(BaseModel):
    """The bills of an account for a month; of sites that are not seen there are none."""

    account: str
    month: str
    parts: list[PartStated]
    amounts: dict[str, Decimal] = Field(description="By currency; they are never added.")
    away: dict[str, str] = Field(description="Why the bill of a site is not known, by its id.")
    no_bill: list[str] = Field(description="Ids of sites without a bill of the month.")


@router.get("/statement", dependencies=[needs(Right.SEE_BILLS)], responses=UNKNOWN)
async def statement(made: MadeGiven) -> StatementStated:
    """An account's bills of a month at all its sites: as issued, or drafts for those who bill."""
    of, sellers = made.report.statement, made.report.sellers
    return StatementStated(
        account=of.account,
        month=str(of.month),
        parts=[_part(part, sellers) for part in of.parts],
        amounts=of.amounts,
        away=dict(made.problems),
        no_bill=list(of.without),
    )


@router.get(
    "/statement/{form}",
    dependencies=[needs(Right.SEE_BILLS)],
    response_class=Response,
    responses={**ANY_FILE, **UNKNOWN},
)
async def statement_as_file(form: AccountFormat, made: MadeGiven) -> Response:
    """The same as a file, in the language of its bills."""
    return attached(await run_in_threadpool(made.report.file, form))


def _part(part: StatementPart, sellers: Mapping[str, str]) -> PartStated:
    return PartStated(
        currency=part.joint.currency,
        seller=part.joint.seller,
        seller_name=sellers.get(part.joint.seller, ""),
        country=part.joint.country,
        kwh=part.kwh,
        amount=part.amount,
        bills=[
            BillStated(
                site=one.site,
                customer=one.bill.customer.id,
                sites=[site.id for site in one.bill.sites],
                number=one.bill.issue.number if one.bill.issue else None,
                status=one.bill.status.value,
                kwh=one.bill.kwh,
                amount=one.bill.amount if one.bill.priced else None,
            )
            for one in part.bills
        ],
    )
