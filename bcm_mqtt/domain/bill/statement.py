"""Statements: the bills of one account, whose customers are at several sites.

What may be one bill has one seller, one currency and one tax country. Everything else is listed:
amounts of different currencies are never added, and no bill is in two parts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Final

from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import amounts
from bcm_mqtt.domain.time import Month

JOINT: Final = "+"
"""Begins an account's part of the ledger; no id of a site has it."""


@dataclass(frozen=True, slots=True)
class JointAccount:
    """One company, which is a customer of several sites.

    Attributes:
        id: Of the account.
        customers: Its customer id by site id.
        one_bill: Whether it gets one bill over all of its sites, instead of one from each.
    """

    id: str
    customers: Mapping[str, str]
    one_bill: bool = False

    @property
    def part(self) -> str:
        """In the place of a site's id, where its bills over several sites are."""
        return f"{JOINT}{self.id}"

    @property
    def whole(self) -> "JointAccount":
        """The same with one bill over all of its sites in the place of theirs."""
        return JointAccount(self.id, {self.part: self.id}, one_bill=True)


@dataclass(frozen=True, slots=True, order=True)
class Joint:
    """What bills have in common that may be joined.

    Attributes:
        currency: ISO 4217.
        seller: Id of the legal entity that claims the money; "" where a site names none.
        country: Where the tax is due, ISO 3166; "" where neither site nor seller states it.
    """

    currency: str
    seller: str
    country: str


@dataclass(frozen=True, slots=True)
class SiteBill:
    """A bill and where it is from.

    Attributes:
        site: Id of the site.
        seller: Id of the site's seller, or "".
        country: The site's tax country, or "".
        bill: As issued, or its draft.
    """

    site: str
    seller: str
    country: str
    bill: Bill

    @property
    def joint(self) -> Joint:
        """Bills with an equal one may be joined."""
        return Joint(self.bill.currency, self.seller, self.country)


@dataclass(frozen=True, slots=True)
class StatementPart:
    """Bills that may be one bill.

    Attributes:
        joint: What they have in common.
        bills: By site.
    """

    joint: Joint
    bills: tuple[SiteBill, ...]

    @property
    def kwh(self) -> Decimal:
        """Of all its bills."""
        return sum((one.bill.kwh for one in self.bills), Decimal(0))

    @property
    def amount(self) -> Decimal:
        """Of the bills that have a price."""
        return amounts(one.bill for one in self.bills).get(self.joint.currency, Decimal(0))


@dataclass(frozen=True, slots=True)
class Statement:
    """The bills of an account for a month.

    Attributes:
        account: Its id.
        month: Of each site, from local midnight to local midnight there.
        parts: By currency, seller and country.
        away: Sites of the account whose bills are not known.
        without: Sites at which the account has no bill of the month.
    """

    account: str
    month: Month
    parts: tuple[StatementPart, ...]
    away: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def bills(self) -> list[SiteBill]:
        """Each once."""
        return [one for part in self.parts for one in part.bills]

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Currency to the sum of its bills that have a price."""
        return amounts(one.bill for one in self.bills)


def joined(bills: Iterable[SiteBill]) -> tuple[StatementPart, ...]:
    """The fewest parts whose bills may each be one bill."""
    parts = defaultdict[Joint, list[SiteBill]](list)
    for one in bills:
        parts[one.joint].append(one)
    return tuple(
        StatementPart(joint, tuple(sorted(listed, key=attrgetter("site"))))
        for joint, listed in sorted(parts.items())
    )


def statement_of(
    account: JointAccount, month: Month, bills: Iterable[SiteBill], away: Collection[str] = ()
) -> Statement:
    """The statement of an account.

    Args:
        account: Whose.
        month: Of all the bills.
        bills: Of all customers of the sites that answered; superseded ones are left out.
        away: Ids of sites that did not answer.

    Raises:
        ValueError: two bills of one customer of a site, of which each would be counted.
    """
    own = dict[str, SiteBill]()
    for one in bills:
        if one.bill.status is BillStatus.SUPERSEDED or one.bill.month != month:
            continue
        if account.customers.get(one.site) != one.bill.customer.id:
            continue
        if one.site in own:
            raise ValueError(f"site {one.site} has two bills of {one.bill.customer.id} for {month}")
        own[one.site] = one
    absent = sorted(account.customers.keys() - own.keys())
    return Statement(
        account.id,
        month,
        joined(own.values()),
        away=tuple(site for site in absent if site in away),
        without=tuple(site for site in absent if site not in away),
    )
