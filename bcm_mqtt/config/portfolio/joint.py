"""Accounts that get one bill over several sites: what they must have in common, and their books."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bcm_mqtt.config.portfolio.settings import PortfolioSite
from bcm_mqtt.config.sellers.seen import seen_from
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.bill.joint import differing
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document


@dataclass(frozen=True, slots=True)
class JointBooks:
    """What an account's bills over several sites are issued by.

    Attributes:
        account: Whose.
        sites: All its sites, by id.
        at: The settings of each as they are for the account, whose part of the ledger is in the
            place of the site's id.
    """

    account: JointAccount
    sites: Mapping[str, PortfolioSite]
    at: Mapping[str, Settings]

    @property
    def settings(self) -> Settings:
        """Of the first site, by whose key, mail and head the bills are issued.

        The account is a customer there: who its bills are mailed to is who its first site knows.
        """
        site, first = next(iter(self.at.items()))
        customer = first.terms.customer(self.account.customers[site])
        customers = {
            **first.terms.customers,
            self.account.id: replace(customer, id=self.account.id),
        }
        return replace(first, terms=replace(first.terms, customers=customers))


def joint_books(
    accounts: Iterable[JointAccount], sites: Mapping[str, PortfolioSite]
) -> dict[str, JointBooks]:
    """The books of the accounts that get one bill, by their part of the ledger.

    Args:
        accounts: Of sites that are there.
        sites: By id.
    """
    books = {}
    for account in accounts:
        if account.one_bill:
            own = {site: sites[site] for site in account.customers}
            name = ", ".join(one.settings.site.name for one in own.values())
            at = {
                site: seen_from(replace(office, part=account.part, name=name), one.settings)
                for site, one in own.items()
                if (office := one.settings.office)
            }
            books[account.part] = JointBooks(account, own, at)
    return books


def joint_customers(accounts: Iterable[JointAccount], site: str) -> dict[str, str]:
    """Account by customer of a site, of those that get one bill over several sites."""
    return {
        account.customers[site]: account.id
        for account in accounts
        if account.one_bill and site in account.customers
    }


def one_bill_problems(
    document: Document,
    accounts: Iterable[JointAccount],
    sites: Mapping[str, PortfolioSite],
    home_url: str,
) -> Iterator[Problem]:
    """What keeps the bills of an account from being one."""
    for account in accounts:
        if not account.one_bill:
            continue
        place = ("accounts", account.id, "bill")
        if not home_url:
            message = "one bill over several sites is in the home database: expected home.database"
            yield document.problem(place, message)
        own = (site for site in account.customers if site in sites)
        if home_url and (at := [site for site in own if not sites[site].settings.home_url]):
            message = f"the home database is that of {at[0]}: expected one of its own for one bill"
            yield document.problem(place, message)
        if not is_identifier(account.id):
            message = f"names bills and files by the id of the account: expected {EXPECTED}"
            yield document.problem(("accounts", account.id), message)
        if len(account.customers) < 2:
            message = "one bill is over several sites: expected at least two"
            yield document.problem(place, message)
        if unlike := "; ".join(_unlike(account, sites)):
            message = f"expected each, as one bill is of {unlike}"
            yield document.problem(place, message)


def _unlike(account: JointAccount, sites: Mapping[str, PortfolioSite]) -> Iterator[str]:
    own = {site: sites[site] for site in account.customers if site in sites}
    currencies = {
        site: tariff.currency
        for site, one in own.items()
        if (tariff := one.settings.terms.tariff(account.customers[site]))
    }
    for what, values in (
        ("seller", {site: one.seller for site, one in own.items()}),
        ("tax country", {site: one.country for site, one in own.items()}),
        ("currency", currencies),
    ):
        if text := differing(what, values):
            yield text
