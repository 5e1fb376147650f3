"""What portfolio.yaml says, frozen and typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.sellers import SellerSettings
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.config.web import WebSettings
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.domain.bill.terms import Issuer


@dataclass(frozen=True, slots=True)
class PortfolioSite:
    """A site of the portfolio.

    Attributes:
        settings: Of its own configuration, as the office has them.
        seller: Id of its seller, or "" where the portfolio names no sellers.
        country: Where what it sells is taxed, or "".
        page: Address of its own page, with a slash at its end; "" where it has none.
    """

    settings: Settings
    seller: str
    country: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Several sites.

    Attributes:
        file: portfolio.yaml.
        home_url: Of the database with the ledger of all sites; "" where each site has its own.
        sellers: By id.
        sites: By id.
        accounts: By id.
        warnings: What is hardly meant, a sentence each.
        name: Of all of them together, at the head of their page.
        web: Where their page is served.
    """

    file: Path
    home_url: str
    sellers: Mapping[str, SellerSettings]
    sites: Mapping[str, PortfolioSite]
    accounts: Mapping[str, JointAccount]
    warnings: tuple[str, ...] = ()
    name: str = "Sites"
    web: WebSettings = field(default_factory=WebSettings)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of all sites; UTC where they are in several."""
        zones = {one.settings.site.zone.key for one in self.sites.values()}
        return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    @property
    def issuer(self) -> Issuer:
        """The office, which states what bills there are and issues none."""
        papers = {one.settings.issuer.paper for one in self.sites.values()}
        return Issuer(self.name, self.zone, paper=papers.pop() if len(papers) == 1 else "a4")

    @property
    def site_names(self) -> Mapping[str, str]:
        """By id; of accounts that get one bill over several, by their part of the ledger."""
        names = {key: one.settings.site.name for key, one in self.sites.items()}
        joint = (account for account in self.accounts.values() if account.one_bill)
        return names | {one.part: ", ".join(names[site] for site in one.customers) for one in joint}

    @property
    def seller_names(self) -> Mapping[str, str]:
        """By id."""
        return {key: one.name for key, one in self.sellers.items()}
