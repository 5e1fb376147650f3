"""Demand charges against the site: windows that its polls are too rare for, unknown customers."""

from collections.abc import Iterator
from datetime import timedelta

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.tariff import DemandCharge, Tariff
from bcm_mqtt.domain.usage.fine.shape import POLLS_A_STEP
from bcm_mqtt.errors import Problem

_SHAPING = frozenset({Quantity.CURRENT, Quantity.POWER})


def demand_problems(settings: Settings) -> list[Problem]:
    """What is wrong with the demand charges of a site whose files are right each by itself."""
    return [
        Problem(str(settings.file), 0, f"tariffs.{name}.versions.{place}", message)
        for name, tariff in settings.terms.tariffs.items()
        for place, message in _of_tariff(settings, tariff)
    ]


def _of_tariff(settings: Settings, tariff: Tariff) -> Iterator[tuple[str, str]]:
    """Where in the versions, and what."""
    by_tariff, known = _customers(settings, tariff), _known_customers(settings)
    slow = _slowest(settings, by_tariff) if tariff.has_fine_windows else None
    for index, rate in enumerate(tariff.versions):
        for at, charge in enumerate(rate.demand):
            place = f"{index}.demand.{at}"
            if slow and charge.is_fine and slow[1] * POLLS_A_STEP > _step(charge):
                panel, period = slow
                key = "step" if charge.sliding else "window"
                most = _step(charge) / POLLS_A_STEP
                needed = f"needs polls at most every {_seconds(most)}, and {panel} is polled every"
                advice = "poll it more often, or state 15 minutes"
                yield f"{place}.{key}", f"{needed} {_seconds(period)}: {advice}"
            stated = charge.ratchet.starting if charge.ratchet else ()
            for number, one in enumerate(stated):
                if one.customer and one.customer not in known:
                    where = f"{place}.ratchet.starting.{number}.customer"
                    yield where, unknown("customer", one.customer, known)


def _step(charge: DemandCharge) -> timedelta:
    return timedelta(minutes=charge.step_minutes)


def _seconds(period: timedelta) -> str:
    return f"{period / timedelta(seconds=1):g} s"


def _known_customers(settings: Settings) -> set[str]:
    """Those of circuits, of formulas and of customers.yaml."""
    rule, terms = settings.terms.rule, settings.terms
    of_circuits = {
        rule.customer_of(version)
        for directory in settings.directories.values()
        for version in directory.versions
    }
    of_formulas = {rule.customer_of(one.circuit) for one in terms.formulas}
    return ({*terms.customers} | of_circuits | of_formulas) - {""}


def _customers(settings: Settings, tariff: Tariff) -> set[str]:
    """Those who are ever billed by a tariff."""
    terms = settings.terms
    found = set()
    for customer in _known_customers(settings):
        versions = [one.customer for one in terms.dated.get(customer, ())]
        versions.append(terms.customer(customer))
        named = {one.tariff for one in versions}
        named |= {group.tariff for one in versions for group in one.groups}
        if tariff.id in {name or terms.default_tariff for name in named}:
            found.add(customer)
    return found


def _slowest(settings: Settings, customers: set[str]) -> tuple[str, timedelta] | None:
    """The panel with circuits of customers that is polled least often, and how often."""
    rule, found = settings.terms.rule, list[tuple[timedelta, str]]()
    for name, directory in settings.directories.items():
        whose = {rule.customer_of(version) for version in directory.versions}
        panel = settings.panels.get(name)
        if panel and whose & customers and (period := _period(panel)):
            found.append((period, name))
    if not found:
        return None
    period, panel_id = max(found)
    return panel_id, period


def _period(panel: PanelSettings) -> timedelta | None:
    """How often current or power is polled at least; None where that is not stated."""
    periods = [
        one.interval
        for source in panel.sources
        for one in source.polled
        if one.quantities & _SHAPING and one.interval
    ]
    return max(periods, default=None)
