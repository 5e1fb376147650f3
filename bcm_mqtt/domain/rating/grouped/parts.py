"""A month by group: what of it each tariff rates, in the names of the group alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bcm_mqtt.domain.rating.grouped.customers import as_rated
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.rating.rated_month import PastDemands, RatedMonth
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.usage.fine.day_peak import FineDemand
from bcm_mqtt.domain.usage.usage import Usage

IN_NAME = ": "
"""After the name of a group in lines and determinants; no name of a group has a colon."""


def in_group(name: str, text: str) -> str:
    """A name of a group's own as it is on the bill; of the rest as it is."""
    return f"{name}{IN_NAME}{text}" if name and text else text


def groups_of(month: RatedMonth, tariffs: TariffsByGroup) -> Iterator[tuple[str, RatedMonth]]:
    """The month of each group with its name, the rest first; each row of usage is in one."""
    for group in tariffs.groups:
        rows = [row for row in month.usage if _group(month.customer, row) == group.name]
        yield (
            group.name,
            replace(
                month,
                customer=as_rated(month.customer, group.name),
                tariff=group.tariff,
                usage=rows,
                load=month.load.groups.get(group.name) if month.load else None,
                past_demands=_past(month.past_demands, group.name),
                fine=_fine(month.fine, group.name),
            ),
        )


def _group(customer: Customer, row: Usage) -> str:
    return customer.group_of(row.panel, row.circuit, row.start)


def _past(demands: PastDemands, name: str) -> PastDemands:
    """Demand of earlier months by the names that the group alone has."""
    if name == REST:
        return demands
    begin = f"{name}{IN_NAME}"
    return {
        month: {key.removeprefix(begin): kw for key, kw in of.items() if key.startswith(begin)}
        for month, of in demands.items()
    }


def _fine(fine: Mapping[str, FineDemand], name: str) -> Mapping[str, FineDemand]:
    """Demand in finer windows by the measures that the group alone has."""
    if name == REST:
        return fine
    begin = f"{name}{IN_NAME}"
    return {key.removeprefix(begin): one for key, one in fine.items() if key.startswith(begin)}
