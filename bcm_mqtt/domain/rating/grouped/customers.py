"""A customer as the tariff of one of its groups sees it.

Apart from what a month is rated by: terms need it, and whoever reads a configuration needs these.
"""

from dataclasses import replace

from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.groups.tariff_group import REST


def as_rated(customer: Customer, name: str) -> Customer:
    """A customer as the tariff of a group sees it: items are charged with the rest alone."""
    if name == REST:
        return replace(
            customer,
            groups=(),
            parts=tuple(replace(part, groups=()) for part in customer.parts),
        )
    group = {one.name: one for one in customer.all_groups}[name]
    parts = [
        replace(part, tariff=own.tariff, committed_kw=own.committed_kw, groups=())
        for part in customer.parts
        for own in part.groups
        if own.name == name
    ]
    return replace(
        customer,
        groups=(),
        tariff=group.tariff,
        committed_kw=group.committed_kw,
        items=(),
        parts=tuple(parts),
    )
