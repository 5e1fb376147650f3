"""What must hold between the sites of a portfolio, and of the accounts that join them."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from bcm_mqtt.config.network.brokers import broker_address
from bcm_mqtt.config.network.databases import places_of
from bcm_mqtt.config.portfolio.settings import PortfolioSite
from bcm_mqtt.config.sellers.office import Office
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath
from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.topics import Topics


def site_problems(document: Document, sites: Mapping[str, PortfolioSite]) -> Iterator[Problem]:
    """What two sites may not share: an id, a database, the topics of a broker."""
    named = {key: site.settings for key, site in sites.items()}
    twice = set[str]()
    for first, key in _alike(named, lambda one: [one.site.id]):
        message = (
            f"has the site id {named[key].site.id}, as {first} has: expected an id of its own in "
            f"{named[key].file}, since database, topics and bills carry it"
        )
        yield document.problem(("sites", key, "config"), message)
        twice |= {first, key}
    for key, settings in named.items():
        if key != settings.site.id and key not in twice:
            message = f"expected {settings.site.id}, the site id in {settings.file}"
            yield document.problem(("sites", key), message)
    for first, key in _alike(named, lambda one: places_of(one.database_url)):
        message = f"has the database of {first}: expected one of its own"
        yield document.problem(("sites", key), message)
    for first, key in _alike(named, _topics):
        mqtt = named[key].mqtt
        shared = _topics(named[first]) & _topics(named[key])
        place = next(one.place for one in mqtt.broker.each if _below(one, mqtt.topics) in shared)
        message = (
            f"has the broker {place} and the base topic "
            f"{mqtt.topics.base}, as {first} has: expected another mqtt.base_topic in "
            f"{named[key].file}, or mqtt.host by the name of another machine"
        )
        yield document.problem(("sites", key), message)


def _topics(settings: Settings) -> set[Hashable]:
    """Below which base at which brokers."""
    mqtt = settings.mqtt
    return {_below(one, mqtt.topics) for one in mqtt.broker.each}


def _below(broker: Broker, topics: Topics) -> Hashable:
    return broker_address(broker.host, broker.port), topics.base


def _alike(
    sites: Mapping[str, Settings], what: Callable[[Settings], Iterable[Hashable]]
) -> Iterator[tuple[str, str]]:
    """The first site that has something, and each other that has it, too."""
    owners = defaultdict[Hashable, list[str]](list)
    for key, settings in sites.items():
        for one in what(settings):
            owners[one].append(key)
    found = ((first, other) for first, *others in owners.values() for other in others)
    yield from dict.fromkeys(found)


def account_problems(document: Document, accounts: Mapping[str, JointAccount]) -> Iterator[Problem]:
    """Sites that are not there, and customers that would be on two statements."""
    known = document.keys("sites")
    owners = dict[tuple[str, str], str]()
    for account in accounts.values():
        for site, customer in account.customers.items():
            place: KeyPath = ("accounts", account.id, site)
            if document.value(place) is None:
                place = ("accounts", account.id, "sites", site)
            if site not in known:
                yield document.problem(place, unknown("site", site, known))
            elif (first := owners.setdefault((site, customer), account.id)) != account.id:
                message = (
                    f"customer {customer} of {site} is in account {first}: expected each customer "
                    "of a site in one account"
                )
                yield document.problem(place, message)


def ledger_warnings(key: str, alone: Settings, office: Office) -> Iterator[str]:
    """Where a site's own pages and commands would issue bills into other books than the office.

    Args:
        key: Of the site.
        alone: Its settings without the portfolio.
        office: What the portfolio says of it.
    """
    if office.home_url and not alone.home_url and alone.database_url != office.home_url:
        yield (
            f"{key}: {alone.file} names no home database: bills that are issued at the site would "
            "be in a ledger of its own: add database.home_url"
        )
    own = alone.seller.series if alone.seller else ""
    if office.seller and own != office.seller.series:
        yield (
            f"{key}: {alone.file} issues bills in the number series {own!r}, and the office in "
            f"{office.seller.series!r}: name the seller {office.seller.id} there, too"
        )


def unknown_customers(
    sites: Mapping[str, PortfolioSite], accounts: Iterable[JointAccount]
) -> Iterator[str]:
    """A sentence for each customer of an account that neither circuits nor customers name."""
    known = {key: _customers(site.settings) for key, site in sites.items()}
    for account in accounts:
        for site, customer in account.customers.items():
            if customer not in known[site]:
                yield (
                    f"account {account.id}: no circuit of {site} names the customer {customer}, "
                    f"nor does customers.yaml: check its id; there are "
                    f"{', '.join(sorted(known[site])) or 'none'}"
                )


def _customers(settings: Settings) -> set[str]:
    rule = settings.terms.rule
    by_circuits = {
        rule.customer_of(version)
        for directory in settings.directories.values()
        for version in directory.versions
    }
    return {*by_circuits, *settings.terms.customers} - {""}
