"""The lines of a customer's month, of one tariff or of one by group of circuits.

A group's lines and determinants have its name before them. A tax is on the sum of what it is on in
all groups, so that it is rounded once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.closing_lines import taxes_on, with_vat
from bcm_mqtt.domain.rating.components import after_taxes, charges, rated
from bcm_mqtt.domain.rating.grouped.parts import groups_of, in_group
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.rating.item_lines import item_lines
from bcm_mqtt.domain.rating.lines import BillLine, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.tariff import Tax


class _Group(NamedTuple):
    """What a group is charged, in its own names and as on the bill."""

    month: RatedMonth
    own: Rated
    named: Rated

    @property
    def taxes(self) -> tuple[Tax, ...]:
        """Those of its tariff."""
        return tuple(self.month.rates[-1].rate.taxes)

    def taxed(self) -> Iterator[BillLine]:
        """The lines that taxes are on, in its own names: a tax may be on a charge by its name."""
        if not self.month.is_exempt:
            for line in self.own.lines:
                if self.month.is_taxed(line, self.own.determinants):
                    yield line


def rated_lines(month: RatedMonth) -> Rated:
    """All lines of a customer's month and their determinants.

    Raises:
        ValueError: a row is of no period of its rate.
    """
    if not isinstance(month.tariff, TariffsByGroup):
        return rated(month)
    groups = list(_charged(month, month.tariff))
    total = sum((one.named for one in groups), Rated())
    total = with_vat(total, _taxes(groups, month.tariff.currency), month.customer.exemption)
    return total + after_taxes(groups[0].month, total.lines)


def _charged(month: RatedMonth, tariffs: TariffsByGroup) -> Iterator[_Group]:
    """Each group with the lines of its tariff, and the items of the customer after all."""
    (_, rest), *others = groups_of(month, tariffs)
    of_rest = charges(rest) if rest.usage else Rated()
    yield _Group(rest, of_rest, _named("", of_rest, rest))
    for name, part in others:
        if part.usage:
            own = charges(part)
            yield _Group(part, own, _named(name, own, part))
    items = item_lines(rest)
    yield _Group(rest, items, items)


def _named(name: str, own: Rated, month: RatedMonth) -> Rated:
    """Lines and determinants with the name of their group before them; of the rest as they are."""
    named = partial(in_group, name)

    def lines(of: Sequence[BillLine]) -> tuple[BillLine, ...]:
        return tuple(
            replace(one, label=named(one.label), determinant=named(one.determinant)) for one in of
        )

    def trace(of: Trace) -> Trace:
        measured = of.measured and replace(of.measured, name=named(of.measured.name))
        made, taxed = lines(of.lines), lines(of.taxed)
        return replace(of, lines=made, taxed=taxed, measured=measured, group=tuple(month.usage))

    return replace(
        own,
        lines=lines(own.lines),
        determinants=tuple(replace(one, name=named(one.name)) for one in own.determinants),
        traces=tuple(map(trace, own.traces)),
    )


def _taxes(groups: Sequence[_Group], currency: str) -> Rated:
    """A line for each tax and rate, on what it is on in all groups.

    Groups with the same taxes are taxed as one; what several sets of taxes have in common is
    added up before it is rounded.
    """
    by_taxes: dict[tuple[Tax, ...], list[BillLine]] = {}
    for one in groups:
        taxed = list(one.taxed())
        if taxed or (not by_taxes and one is groups[-1] and not one.month.is_exempt):
            by_taxes.setdefault(one.taxes, []).extend(taxed)
    each = [taxes_on(lines, taxes, currency) for taxes, lines in by_taxes.items()]
    alike: dict[tuple[str, Decimal], list[tuple[BillLine, Trace]]] = {}
    for made in each:
        for line, trace in zip(made.lines, made.traces, strict=True):
            alike.setdefault((line.label, line.price), []).append((line, trace))
    named = {
        id(own): line
        for one in groups
        for own, line in zip(one.own.lines, one.named.lines, strict=True)
    }
    return sum((_together(same, named) for same in alike.values()), Rated())


def _together(same: Sequence[tuple[BillLine, Trace]], named: Mapping[int, BillLine]) -> Rated:
    """A tax of several sets as one line, on lines as the bill names them, by those of groups."""
    first = same[0][0]
    base = sum((line.quantity for line, _ in same), Decimal(0))
    line = replace(first, quantity=base, amount=money(base * first.price, first.unit))
    taxed = tuple(named.get(id(one), one) for _, trace in same for one in trace.taxed)
    return Rated((line,)).traced(Trace(taxed=taxed))
