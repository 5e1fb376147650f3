"""Which VAT is on which line, as structured invoices need it; it changes no amount."""

from dataclasses import replace

from bcm_mqtt.domain.rating.lines import BillLine, Rated
from bcm_mqtt.domain.trade.vat import Vat


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
