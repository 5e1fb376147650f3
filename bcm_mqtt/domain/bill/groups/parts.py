"""A bill by group: what each tariff of its customer has made of it, without taxes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.grouped.customers import as_rated
from bcm_mqtt.domain.rating.grouped.parts import IN_NAME
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.tariff import Tariff


def by_group(bill: Bill, tariff: Tariff) -> Iterator[tuple[Bill, Tariff]]:
    """The parts of a draft, each with its tariff and in the names of its group.

    Args:
        bill: With its load.
        tariff: By which it was made; where it is one for all, the bill itself is the only part.
    """
    if not isinstance(tariff, TariffsByGroup):
        yield bill, tariff
        return
    names = [group.name for group in tariff.groups]
    for name in names:
        part = replace(
            bill,
            customer=as_rated(bill.customer, name),
            lines=tuple(
                replace(
                    line,
                    label=_without(line.label, name),
                    determinant=_without(line.determinant, name),
                )
                for line in bill.lines
                if not line.is_tax_on_all and _group(line.label, names) == name
            ),
            determinants=tuple(
                replace(one, name=_without(one.name, name))
                for one in bill.determinants
                if _group(one.name, names) == name
            ),
            load=bill.load.groups.get(name) if bill.load else None,
        )
        yield part, tariff.of_group(name)


def _group(text: str, names: Sequence[str]) -> str:
    """Whose a line or a determinant is, by what it is called."""
    begun = (name for name in names if name and text.startswith(f"{name}{IN_NAME}"))
    return next(begun, REST)


def _without(text: str, name: str) -> str:
    return text.removeprefix(f"{name}{IN_NAME}") if name else text
