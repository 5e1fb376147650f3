"""Which VAT is on which line, as structured invoices need it; it changes no amount."""

from dataclasses import replace

from bcm_mqtt.domain.rating.lines import BillLine, Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth
from bcm_mqtt.domain.trade.vat import Vat


def with_vat(month: RatedMonth, before: Rated, taxes: Rated) -> Rated:
    """All lines of a month, each with its VAT where the tariff states categories.

    A line that no VAT is on has the customer's exemption. One that several are on, or that has
    neither, stays without: an invoice names it.

    Args:
        month: Whose.
        before: All but taxes.
        taxes: In the order of the tariff's, each with what it is on as its trace.
    """
    total = before + taxes
    stated = month.rates[-1].rate.taxes
    exemption = month.customer.exemption
    vats = [one.vat for one in stated] if taxes.lines else []
    if not any(vats) and exemption is None:
        return total
    by_line = dict(zip(taxes.lines, vats, strict=True))
    on = [(trace.taxed, by_line[trace.lines[0]]) for trace in taxes.traces]

    def of(line: BillLine) -> BillLine:
        if itself := by_line.get(line):
            return replace(line, vat=itself, is_vat=True)
        found = [vat for taxed, vat in on if vat and line in taxed]
        return replace(line, vat=_only(found, exemption))

    return replace(total, lines=tuple(map(of, total.lines)))


def _only(found: list[Vat], exemption: Vat | None) -> Vat | None:
    if not found:
        return exemption
    return found[0] if len(found) == 1 else None
