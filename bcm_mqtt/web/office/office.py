"""All sites of the office, and of them what somebody may see."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from zlib import crc32

from bcm_mqtt.access.rights import Who
from bcm_mqtt.config.portfolio import Portfolio
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.web.live import Feed, LiveSite, Value
from bcm_mqtt.web.office.site import OfficeSite, SiteNow


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees of all sites.

    Attributes:
        sites: By id.
        kw: Of those whose power is known now; None where none is.
        without: Names of the others.
        alarms: That are known.
        without_alarms: Names of sites whose alarms are not known.
    """

    sites: tuple[SiteNow, ...]
    kw: float | None
    without: tuple[str, ...]
    alarms: int
    without_alarms: tuple[str, ...]


def seen_of(sites: Collection[SiteNow]) -> Seen:
    """Adds up what can be."""
    known = [site.kw for site in sites if site.kw is not None]
    return Seen(
        tuple(sites),
        round(sum(known), 1) if known else None,
        tuple(site.name for site in sites if site.kw is None),
        sum(site.alarms or 0 for site in sites),
        tuple(site.name for site in sites if site.alarms is None),
    )


class Office:
    """The sites of a portfolio, followed all at once; used by the event loop's thread."""

    def __init__(self, portfolio: Portfolio, sites: Collection[OfficeSite], live: LiveSite) -> None:
        """Follows nothing until it is started.

        Args:
            portfolio: With the accounts.
            sites: Of the portfolio.
            live: Of no panels: what pages of any site take their name from.
        """
        self.portfolio = portfolio
        self._sites = {site.id: site for site in sorted(sites, key=lambda one: one.id)}
        self._live = live
        self.changes = Feed("sites")
        """Wakes whoever follows; what each may see of it is computed for each."""

    def start(self) -> None:
        """Follows all sites; none is waited for."""
        for site in self._sites.values():
            site.start()

    def stop(self) -> None:
        """Ends it; a broker that does not answer is waited for as long as others are."""
        with ThreadPoolExecutor(max(1, len(self._sites))) as pool:
            list(pool.map(OfficeSite.stop, self._sites.values()))

    def close(self) -> None:
        """Ends the streams."""
        self._live.close()
        self.changes.show({"closing": True})

    def look(self) -> None:
        """Shows the browsers what is new; to be called about each second."""
        for site in self._sites.values():
            site.look()
        self.changes.show(values_of(seen_of(self.now())))

    def sites_of(self, who: Who) -> list[OfficeSite]:
        """Those that somebody sees."""
        return [site for site in self._sites.values() if who.sees_site(site.id)]

    def seen_by(self, who: Who) -> Seen:
        """What somebody sees."""
        return seen_of([site.now() for site in self.sites_of(who)])

    def accounts_of(self, who: Who) -> Mapping[str, JointAccount]:
        """Accounts, with those of their customers that somebody sees.

        One bill over several sites is shown to who sees all of them.
        Ids of customers belong to a site: who is a customer sees those of the sites that the
        account names, and where it names none nobody knows whose they are. An id that several
        accounts have at the sites that he sees may be anybody's, and shows nothing.
        """
        if who.sees_only is not None and not who.sites:
            return {}
        strangers = self._shared_ids(who) if who.sees_only is not None else frozenset[str]()
        seen = {}
        for key, account in sorted(self.portfolio.accounts.items()):
            customers = {
                site: customer
                for site, customer in account.customers.items()
                if who.sees_site(site) and who.sees(customer) and customer not in strangers
            }
            if customers:
                whole = account.one_bill and customers == account.customers
                seen[key] = JointAccount(key, customers, one_bill=whole)
        return seen

    def _shared_ids(self, who: Who) -> frozenset[str]:
        """Ids that customers of several accounts have at the sites that somebody sees."""
        ids = Counter(
            customer
            for account in self.portfolio.accounts.values()
            for customer in {
                customer for site, customer in account.customers.items() if who.sees_site(site)
            }
        )
        return frozenset(customer for customer, accounts in ids.items() if accounts > 1)

    def now(self) -> list[SiteNow]:
        """All sites, whoever may see them."""
        return [site.now() for site in self._sites.values()]


def values_of(seen: Seen) -> dict[str, Value]:
    """What browsers are sent: power, and of the rest whether it is another than before."""
    values: dict[str, Value] = {"kw": seen.kw, "without": ", ".join(seen.without)}
    for site in seen.sites:
        values[f"kw/{site.id}"] = site.kw
        values[f"site/{site.id}"] = _rest(site)
    return values


def _rest(site: SiteNow) -> int:
    """Another number when something else is shown of a site than power and times of readings."""
    troubles = ((one.what, one.text) for one in site.troubles)
    said = (site.power.without, site.alarms, site.severity, site.broker, site.bridges)
    return crc32(str((*said, site.all_bridges, site.database, site.month, *troubles)).encode())


class SeenSites:
    """What somebody sees of the sites as a browser follows it, computed when it is sent."""

    def __init__(self, office: Office, who: Who) -> None:
        """Takes who looks."""
        self._office = office
        self._who = who
        self._shown = Feed("sites")

    @property
    def version(self) -> int:
        """Of what is shown."""
        return self._shown.version

    def since(self, version: int) -> bytes:
        """What a follower needs that knows this version; b"" if nothing."""
        self._shown.show(values_of(self._office.seen_by(self._who)))
        return self._shown.since(version)

    def followed_by(self, follower: asyncio.Event) -> AbstractContextManager[None]:
        """Sets the event at every change of any site while the context is open."""
        return self._office.changes.followed_by(follower)
