"""What `check` warns of: nothing that is refused, but hardly what somebody meant."""

from collections.abc import Iterable, Iterator

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.site.customer import alike


def warnings_of(settings: Settings) -> Iterator[str]:
    """A sentence for each, with what to do."""
    terms = settings.terms
    by_circuits = {
        terms.rule.customer_of(version)
        for directory in settings.directories.values()
        for version in directory.versions
    } - {""}
    yield from _alike("customers", {*by_circuits, *terms.customers}, "gets bills of its own")
    yield from _alike("tariffs", terms.tariffs, "has rates of its own")
    for name, tariff in terms.tariffs.items():
        if tariff.currency != terms.currency:
            yield (
                f"tariff {name} is in {tariff.currency} and the site in {terms.currency}: bills by "
                f"it are in {tariff.currency}; if that is not meant, write one currency in both"
            )
    for customer in terms.customers:
        if terms.rule.is_nobody(customer):
            yield (
                f"customer {customer!r} is a word that belongs to no customer: only circuits that "
                "state this customer in a column of their own are on its bills"
            )
    yield from _billed_twice(settings)


def _billed_twice(settings: Settings) -> Iterator[str]:
    """Feeders with a customer, of panels on which customers have circuits."""
    customer_of = settings.terms.rule.customer_of
    for panel, feeder in settings.terms.feeders.items():
        fed, feeding = (settings.directories.get(one) for one in (panel, feeder.panel))
        if fed is None or feeding is None or not any(map(customer_of, fed.versions)):
            continue
        for version in feeding.versions:
            if feeder.pole in version.poles and (customer := customer_of(version)):
                yield (
                    f"circuit {feeder.panel}:{version.place} feeds panel {panel} and belongs to "
                    f"{customer}: its energy is billed to {customer} and by the circuits of "
                    f"{panel}; if that is not meant, describe it as a feeder without a customer"
                )
                break


def _alike(what: str, ids: Iterable[str], each: str) -> Iterator[str]:
    for group in alike(ids):
        names = " and ".join(group)
        yield f"{what} {names} differ by case only, and each {each}: write them alike"
