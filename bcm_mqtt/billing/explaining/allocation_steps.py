"""A line by a supplier's invoice: from its amount by quantity and share to the cent."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bcm_mqtt.billing.explaining.steps import Section, Step
from bcm_mqtt.domain.allocation.allocating import AVERAGE, NET, InputTax
from bcm_mqtt.domain.allocation.invoice_part import ComponentPart, InvoicePart, PartBasis
from bcm_mqtt.domain.allocation.rules import AREA, DEMAND, ENERGY, OWN_PEAKS, SHARES
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.money import in_full, minor_digits, rounded
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.languages import N_, _, day, number, translated

_SHARE: Final = Decimal("0.000001")
_BEYOND: Final = 6
"""Decimals of an exact part beyond those of the currency."""
WORDS: Final = {
    ENERGY: N_("measured energy"),
    DEMAND: N_("demand at the peak"),
    OWN_PEAKS: N_("own highest demand"),
    AREA: N_("area times days"),
    SHARES: N_("stated share"),
    NET: N_("exact net amounts"),
}
"""What a component is divided by."""


def allocation_sections(bill: Bill, line: BillLine) -> Iterator[Section]:
    """How a line came about by the invoice that the bill stores; nothing of any other line."""
    for part in bill.invoices:
        for one in part.components:
            if part.determinant(one) == line.determinant:
                yield Section(_("invoice"), (_invoice(part),))
                yield Section(_("part of the invoice"), tuple(_steps(part, one)))


def _invoice(part: InvoicePart) -> Step:
    amount = part.net if part.input_tax is InputTax.DEDUCTED else part.net + part.tax
    what = _("invoice %(number)s of %(supplier)s", number=part.number, supplier=part.supplier)
    note = _(
        "%(first)s to before %(end)s, revision %(revision)s",
        first=day(part.start),
        end=day(part.end),
        revision=part.revision,
    )
    return Step(what, in_full(amount, part.currency), part.currency, note=note)


def _steps(part: InvoicePart, one: ComponentPart) -> Iterator[Step]:
    if one.bases:
        yield from _divided(part, one)
    elif one.name == AVERAGE and part.price is not None:
        amount = number(in_full(one.amount, part.currency))
        formula = f"{amount} {part.currency} / {number(part.kwh or Decimal(0))} kWh"
        yield Step(_("average cost of a kWh"), part.price, part.currency, formula)
    else:
        others = part.part - one.part
        yield Step(_("parts of the invoice without it"), others, part.currency)
        yield Step(_("no more than"), one.amount, part.currency)
        formula = f"{number(one.amount)} - {number(others)}"
        yield Step(_("what is above that"), one.part, part.currency, formula)


def _divided(part: InvoicePart, one: ComponentPart) -> Iterator[Step]:
    digits, currency = minor_digits(part.currency), part.currency
    unit = Decimal(1).scaleb(-digits)
    yield Step(one.name, in_full(one.amount, currency), currency)
    for basis in one.bases:
        yield from _quantities(basis)
    shares = " + ".join(map(_formula, one.bases))
    if len(one.bases) > 1:
        shares = f"({shares})"
    yield Step(_("share"), rounded(one.share * 100, _SHARE), "%", f"100 x {shares}")
    of = f"{number(in_full(abs(one.amount), currency))} x {shares}"
    minus = "-" if one.amount < 0 else ""
    exactly = rounded(one.exact, Decimal(1).scaleb(-digits - _BEYOND))
    yield Step(_("exact part"), exactly, currency, f"{minus}{of}")
    units = abs(one.exact) * 10**digits // 1
    cut = (-units if minus else units) * unit
    formula = f"{minus}floor({of} x {10**digits}) / {10**digits}"
    yield Step(_("cut to %(unit)s", unit=f"{number(unit)} {currency}"), cut, currency, formula)
    yield Step(_("left over of all parts, for the largest remainders"), one.left * unit, currency)
    more = one.part - cut
    note = _("a unit goes to this part") if more else _("no unit goes to this part")
    yield Step(_("part"), one.part, currency, f"{number(cut)} + {number(more)}", note)


def _quantities(basis: PartBasis) -> Iterator[Step]:
    words = translated(WORDS.get(basis.by, basis.by))
    note = "" if basis.weight == 1 else _("weight %(share)s", share=_plain(basis.weight))
    for what, amount in (
        (words, basis.quantity),
        (_("%(what)s, all", what=words), basis.whole),
    ):
        exactly = _decimal(amount)
        shown = rounded(amount, _SHARE) if exactly is None else exactly
        yield Step(what, shown, basis.unit, note=note)


def _formula(basis: PartBasis) -> str:
    """Its part of the share."""
    unit = f" {basis.unit}" if basis.unit not in {"", "%"} else ""
    share = f"{_plain(basis.quantity)}{unit} / {_plain(basis.whole)}{unit}"
    return share if basis.weight == 1 else f"{_plain(basis.weight)} x {share}"


def _plain(value: Fraction) -> str:
    """As a decimal where it is one, else as a fraction."""
    exactly = _decimal(value)
    if exactly is None:
        return f"({number(value.numerator)} / {number(value.denominator)})"
    return number(exactly)


def _decimal(value: Fraction) -> Decimal | None:
    """All of its digits; None where they never end."""
    for digits in range(16):
        if (value * 10**digits).denominator == 1:
            return Decimal(int(value * 10**digits)).scaleb(-digits)
    return None
