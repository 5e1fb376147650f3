"""Lines that are made of the lines above them: surcharges, the least, the most, and taxes."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.demand.floors import in_steps
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Share, Stretch
from bcm_mqtt.domain.tariff import Surcharge, Tax
from bcm_mqtt.domain.trade.vat import Vat
from bcm_mqtt.domain.usage.usage import total_kwh

_PERCENT = Decimal("0.01")
_NAMED = {"fee", "rider", "daily", "ampere", "reactive", "demand-charge", "load-factor"}
"""Begin the determinants of charges that go by their names."""


def surcharge_lines(month: RatedMonth, lines: Sequence[BillLine]) -> Rated:
    """A line for each surcharge of the rate that holds when the month ends."""
    total = Rated()
    for one in month.rates[-1].rate.surcharges:
        base = tuple(line for line in lines if _is_on(one, line))
        line = _share_line(month.tariff.currency, LineKind.SURCHARGE, one.name, one.percent, base)
        if one.most is not None and line.amount > (most := money(one.most, line.unit)):
            label = f"{one.name}, at most {most}"
            line = BillLine(label, Decimal(1), "months", most, most, kind=LineKind.SURCHARGE)
        total += Rated((line,)).traced(Trace(taxed=base))
    return total


def minimum_line(month: RatedMonth, lines: Sequence[BillLine]) -> Rated:
    """What is missing to the minimum of the month, if anything is."""
    currency = month.tariff.currency
    least, parts = Decimal(0), []
    for stretch in month.stretches(lambda rate: rate.minimum):
        share = month.share(stretch)
        if not share.time:
            continue
        minimum = stretch.charge
        least += share.of(minimum.amount) if minimum.prorate else minimum.amount
        if not minimum.prorate:
            parts.append(f"{money(minimum.amount, currency)}")
            break
        parts.append(_part(share, minimum.amount, currency))
    charged = _sum(lines)
    missing = money(least, currency) - charged
    # Without a minimum, readings below 0 bring nobody money; prices below 0 are meant to.
    meant = not parts and any(line.price < 0 for line in lines)
    if meant or missing <= 0:
        return Rated()
    basis = f"{' + '.join(parts)}, less {charged} of the lines above"
    label = f"Minimum charge of {money(least, currency)}"
    return _balance(month, LineKind.MINIMUM, label, missing, basis)


def maximum_line(month: RatedMonth, lines: Sequence[BillLine]) -> Rated:
    """What is above the maximum of the month, taken off; nothing where some of it has none."""
    currency = month.tariff.currency
    most, parts, time = Decimal(0), [], month.share(Stretch(None, month.start, month.end)).time
    for stretch in month.stretches(lambda rate: rate.maximum):
        share = month.share(stretch)
        if not share.time:
            continue
        time -= share.time
        limit = stretch.charge
        if limit.amount is not None:
            most += share.of(limit.amount)
            parts.append(_part(share, limit.amount, currency))
        elif limit.per_kwh is not None:
            rows = [row for row in month.usage if stretch.start <= row.start < stretch.end]
            most += total_kwh(rows) * limit.per_kwh
            parts.append(f"{total_kwh(rows):,} kWh x {limit.per_kwh}")
    charged = _sum(lines)
    if not parts or time or (above := charged - money(most, currency)) <= 0:
        return Rated()
    basis = f"{' + '.join(parts)}, less {charged} of the lines above"
    label = f"Maximum of {money(most, currency)}"
    return _balance(month, LineKind.MAXIMUM, label, -above, basis)


def tax_lines(month: RatedMonth, before: Rated) -> Rated:
    """A line for each tax of the rate that holds when the month ends, on the rounded lines.

    A tax may be on taxes before it.
    """
    if month.is_exempt:
        return Rated()
    lines = [line for line in before.lines if month.is_taxed(line, before.determinants)]
    return taxes_on(lines, month.rates[-1].rate.taxes, month.tariff.currency)


def taxes_on(lines: Sequence[BillLine], taxes: Sequence[Tax], currency: str) -> Rated:
    """A line for each tax on lines, all of which are taxed."""
    total, by_name = Rated(), dict[str, BillLine]()
    for tax in taxes:
        taxed = tuple(line for line in lines if _is_on(tax, line))
        taxed += tuple(line for name, line in by_name.items() if name in tax.on_taxes)
        line = _share_line(currency, LineKind.TAX, tax.name, tax.percent, taxed)
        if tax.vat:
            line = replace(line, vat=tax.vat, is_vat=True)
        by_name[tax.name] = line
        total += Rated((line,)).traced(Trace(taxed=taxed))
    return total


def with_vat(before: Rated, taxes: Rated, exemption: Vat | None) -> Rated:
    """All lines of a month, each with its VAT where the tariff states categories.

    A line that no VAT is on has the customer's exemption. One that several are on, or that has
    neither, stays without: an invoice names it.

    Args:
        before: All but taxes.
        taxes: Each with what it is on as its trace; those that are VAT say so.
        exemption: Of the customer, or None.
    """
    total = before + taxes
    on = [(one.taxed, one.lines[0].vat) for one in taxes.traces if one.lines[0].is_vat]
    if not on and exemption is None:
        return total

    def of(line: BillLine) -> BillLine:
        if line.is_vat:
            return line
        found = [vat for taxed, vat in on if line in taxed]
        if not found:
            return replace(line, vat=exemption)
        return replace(line, vat=found[0]) if len(found) == 1 else line

    return replace(total, lines=tuple(map(of, total.lines)))


def rounding_line(month: RatedMonth, lines: Sequence[BillLine]) -> Rated:
    """What the rounding of the total adds or takes off; nothing where it is in the step already."""
    rule = month.rates[-1].rate.total
    if rule is None:
        return Rated()
    total, currency = _sum(lines), month.tariff.currency
    exact = total
    if rule.unrounded:
        exact = sum((line.quantity * line.price for line in lines), Decimal(0))
    due = money(in_steps(exact, rule.round_to, rule.rounding), currency)
    if due == total:
        return Rated()
    basis = f"{exact.normalize():,f} rounded {rule.rounding.replace('-', ' ')} to {rule.round_to}"
    label = f"Rounding to {due}"
    return _balance(month, LineKind.ROUNDING, label, due - total, f"{basis}, less {total}")


def charge_name(line: BillLine) -> str:
    """The name of the charge that a line is of, as its tariff has it; "" of what has none."""
    kind, _, name = line.determinant.partition("/")
    dated = name[-11:-10] == "@" and name[-10:].count("-") == 2
    return (name[:-11] if dated else name) if kind in _NAMED else ""


def _is_on(share: Surcharge | Tax, line: BillLine) -> bool:
    """Whether a share is on a line: by its kind, or by its name."""
    if share.on_lines:
        return charge_name(line) in share.on_lines
    return not share.on or line.kind in share.on


def _share_line(
    currency: str, kind: LineKind, name: str, percent: Decimal, base: Sequence[BillLine]
) -> BillLine:
    share = percent * _PERCENT
    amount = money(_sum(base) * share, currency)
    return BillLine(f"{name} {percent} %", _sum(base), currency, share, amount, kind=kind)


def _balance(month: RatedMonth, kind: LineKind, label: str, amount: Decimal, basis: str) -> Rated:
    """One line over the whole month that brings the sum to a limit."""
    whole = Stretch(kind.value, month.start, month.end)
    return month.charged(kind, whole, kind.value, label, Decimal(1), "months", amount, basis)


def _part(share: Share, limit: Decimal, currency: str) -> str:
    amount = money(limit, currency)
    return f"{amount}" if share.whole else f"{amount} x {share}"


def _sum(lines: Sequence[BillLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))
