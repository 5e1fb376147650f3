"""What a bill says about its meters: numbers, readings, approvals, corrections."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from bcm_mqtt.billing.pages.statements import Statement
from bcm_mqtt.billing.pages.words import number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.billed_meter import BilledMeter
from bcm_mqtt.domain.bill.letterhead import LetterText
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.languages import _, moment, translated


def meter_statements(bill: Bill, issuer: Issuer) -> Iterator[Statement]:
    """None of a bill whose circuits have no row in meters.csv."""
    if not bill.meters:
        return
    if LetterText.METER_READINGS not in issuer.letterhead.texts:
        texts = [_meter(one, bill, issuer) for one in bill.meters]
        yield Statement(_("Meters"), "; ".join(dict.fromkeys(texts)) + ".")
    corrected = [one for one in bill.meters if one.sign < 0]
    if corrected:
        poles = ", ".join(dict.fromkeys(_place(one, bill) for one in corrected))
        text = _(
            "The current transformers of %(poles)s sit the wrong way round: their energy is the "
            "power that their meters measure with its sign turned, summed in 15-minute intervals.",
            poles=poles,
        )
        yield Statement(_("Correction"), text)
    yield from _approvals(bill, issuer)


def _meter(meter: BilledMeter, bill: Bill, issuer: Issuer) -> str:
    named = meter.serial or " ".join(filter(None, (meter.maker, meter.model))) or _("no number")
    texts = [f"{_place(meter, bill)}: {named}"]
    if (meter.start, meter.end) != (bill.start, bill.end):
        start, end = _day(meter.start, issuer), _day(meter.end, issuer)
        texts.append(_("%(start)s to %(end)s", start=start, end=end))
    if meter.first_kwh and meter.last_kwh:
        first, last = _kwh(meter.first_kwh), _kwh(meter.last_kwh)
        texts.append(_("%(first)s to %(last)s kWh", first=first, last=last))
    if meter.multiplier:
        texts.append(_("times %(factor)s", factor=meter.multiplier))
    return ", ".join(texts)


def _approvals(bill: Bill, issuer: Issuer) -> Iterator[Statement]:
    """Approvals that ended before the meter's time in the month did, and those not known."""
    expired = [
        one
        for one in bill.meters
        if one.approval_until and one.approval_until < _last_day(one, issuer)
    ]
    missing = [one for one in bill.meters if not one.approval and one not in expired]
    for words, meters in ((issuer.approval_expired, expired), (issuer.approval_missing, missing)):
        if words and meters:
            text = translated(words).replace("$meters", _named(meters, bill))
            yield Statement(_("Approval"), text)


def _place(meter: BilledMeter, bill: Bill) -> str:
    return f"{bill.panel_name(meter.panel)} {poles_text(meter.poles)}"


def _named(meters: Iterable[BilledMeter], bill: Bill) -> str:
    names = (one.serial or _place(one, bill) for one in meters)
    return ", ".join(dict.fromkeys(names))


def _last_day(meter: BilledMeter, issuer: Issuer) -> date:
    return (meter.end - timedelta(microseconds=1)).astimezone(issuer.zone).date()


def _day(at: datetime, issuer: Issuer) -> str:
    return moment(at.astimezone(issuer.zone))


def _kwh(readings: Iterable[Decimal]) -> str:
    return " + ".join(map(number, readings))
