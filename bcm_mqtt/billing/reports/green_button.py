"""A customer's month as Green Button: the Atom feed of ESPI (NAESB REQ.21, version 1.1).

Energy is in micro-watt-hours, exactly as it was billed. An interval of which nothing is known
is left out; one of which a part is missing is questionable.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

import numpy as np

from bcm_mqtt.billing.reports.espi_codes import NUMERIC, dst_rules
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.time import MS_PER_SECOND, from_ms, to_ms
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality
from bcm_mqtt.languages import ENGLISH, speaking

_INTERVAL_S: Final = INTERVAL_MS // MS_PER_SECOND
_HUNDRED_THOUSANDTHS: Final = 100_000
_MICROWATT_HOURS: Final = Decimal(10) ** 9
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say."""
_ESTIMATES = {Quality.EDITED, Quality.LIKE_DAY, Quality.INTERPOLATED}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">\n'
)


@speaking(ENGLISH)
def green_button(bill: Bill, issuer: Issuer) -> str:
    """The feed of one bill; without a load it has the bill and no intervals.

    Args:
        bill: Whose intervals and sums.
        issuer: Whose site it is; its zone says where days begin.
    """
    feed = _Feed(bill, issuer)
    own = feed.path("UsagePoint")
    entries = [
        feed.entry("UsagePoint", bill.customer.name, _usage_point(), ("MeterReading", "Summary")),
        feed.entry("LocalTimeParameters", "Clock changes", _local_time(bill, issuer)),
        feed.entry(
            "MeterReading",
            f"Energy by 15 minutes, {bill.month}",
            "<espi:MeterReading/>",
            ("ReadingType", "IntervalBlock"),
        ),
        feed.entry("ReadingType", "Energy", _reading_type(bill)),
        *(
            feed.entry("IntervalBlock", f"{day}", block, number=number)
            for number, (day, block) in enumerate(_blocks(bill, issuer), start=1)
        ),
        feed.entry("Summary", f"Bill {bill.month}", _summary(bill, feed.dated)),
    ]
    title = _text(f"{issuer.name}, {bill.customer.name}, {bill.month}")
    return (
        f"{_HEAD}<id>{feed.uuid('feed')}</id>\n<title>{title}</title>\n"
        f"<updated>{feed.updated}</updated>\n"
        f'<link rel="self" href="{own}"/>\n{"".join(entries)}</feed>\n'
    )


class _Feed:
    """Ids and links that are the same whenever the same bill is written."""

    def __init__(self, bill: Bill, issuer: Issuer) -> None:
        self.dated = bill.issue.issued if bill.issue else bill.end
        self.updated = self.dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._name = f"bcm-mqtt/{issuer.id}/{bill.customer.id}/{bill.month}"
        self._customer = uuid5(NAMESPACE_URL, _text(f"bcm-mqtt/{issuer.id}/{bill.customer.id}"))
        self._month = str(bill.month)

    def uuid(self, what: str) -> str:
        return f"urn:uuid:{uuid5(NAMESPACE_URL, _text(f'{self._name}/{what}'))}"

    def path(self, what: str) -> str:
        """The place of a resource, or of several, below the service's root."""
        if what == "LocalTimeParameters":
            return "LocalTimeParameters/1"
        if what == "ReadingType":
            return "ReadingType/1"
        point = f"RetailCustomer/{self._customer}/UsagePoint/1"
        reading = f"{point}/MeterReading/{self._month}"
        return {
            "UsagePoint": point,
            "MeterReading": reading,
            "IntervalBlock": f"{reading}/IntervalBlock",
            "Summary": f"{point}/ElectricPowerUsageSummary/{self._month}",
        }[what]

    def entry(
        self, what: str, title: str, content: str, related: Iterable[str] = (), number: int = 0
    ) -> str:
        own = f"{self.path(what)}/{number}" if number else self.path(what)
        links = "".join(f'<link rel="related" href="{self.path(item)}"/>\n' for item in related)
        if what == "UsagePoint":
            links += f'<link rel="related" href="{self.path("LocalTimeParameters")}"/>\n'
        return (
            f"<entry>\n<id>{self.uuid(f'{what}/{number}')}</id>\n"
            f'<link rel="self" href="{own}"/>\n<link rel="up" href="{own.rpartition("/")[0]}"/>\n'
            f"{links}<title>{_text(title)}</title>\n<content>\n{content}\n</content>\n"
            f"<published>{self.updated}</published>\n<updated>{self.updated}</updated>\n</entry>\n"
        )


def _usage_point() -> str:
    """Electricity; it is no meter of a utility's, so it has no role flags."""
    return (
        "<espi:UsagePoint><espi:ServiceCategory><espi:kind>0</espi:kind></espi:ServiceCategory>"
        "<espi:status>1</espi:status></espi:UsagePoint>"
    )


def _local_time(bill: Bill, issuer: Issuer) -> str:
    rules = dst_rules(issuer.zone, bill.month.year)
    return (
        f"<espi:LocalTimeParameters><espi:dstEndRule>{rules.end}</espi:dstEndRule>"
        f"<espi:dstOffset>{rules.offset_s}</espi:dstOffset>"
        f"<espi:dstStartRule>{rules.start}</espi:dstStartRule>"
        f"<espi:tzOffset>{rules.standard_s}</espi:tzOffset></espi:LocalTimeParameters>"
    )


def _reading_type(bill: Bill) -> str:
    """Electric energy (kind 12, uom 72) that was delivered, as differences (4) of 15 minutes."""
    return (
        "<espi:ReadingType><espi:accumulationBehaviour>4</espi:accumulationBehaviour>"
        f"<espi:commodity>1</espi:commodity>{_currency(bill)}"
        "<espi:dataQualifier>12</espi:dataQualifier>"
        f"<espi:defaultQuality>{_quality(bill).value}</espi:defaultQuality>"
        "<espi:flowDirection>1</espi:flowDirection>"
        f"<espi:intervalLength>{_INTERVAL_S}</espi:intervalLength><espi:kind>12</espi:kind>"
        "<espi:powerOfTenMultiplier>-6</espi:powerOfTenMultiplier>"
        "<espi:timeAttribute>0</espi:timeAttribute><espi:uom>72</espi:uom></espi:ReadingType>"
    )


def _blocks(bill: Bill, issuer: Issuer) -> Iterator[tuple[str, str]]:
    """A block for each local day that has any interval."""
    if not bill.load:
        return
    local = bill.load.slots.local(issuer.zone)
    firsts = [*np.unique(local.days, return_index=True)[1].tolist(), bill.load.slots.count]
    codes = _slot_qualities(bill, bill.load)
    for first, end in pairwise(firsts):
        readings = "".join(_readings(bill.load, codes, first, end))
        if not readings:
            continue
        start_s = bill.load.slots.first_ms // MS_PER_SECOND + first * _INTERVAL_S
        interval = _interval(start_s, (end - first) * _INTERVAL_S)
        day = from_ms(start_s * MS_PER_SECOND).astimezone(issuer.zone).date()
        head = f"<espi:IntervalBlock><espi:interval>{interval}</espi:interval>\n"
        yield str(day), f"{head}{readings}</espi:IntervalBlock>"


def _readings(load: Load, codes: list[int], first: int, end: int) -> Iterator[str]:
    values = load.microwatt_hours[first:end].tolist()
    start_s = load.slots.first_ms // MS_PER_SECOND + first * _INTERVAL_S
    for offset, (value, code) in enumerate(zip(values, codes[first:end], strict=True)):
        if code != Quality.MISSING:
            yield (
                "<espi:IntervalReading>"
                f"<espi:ReadingQuality><espi:quality>{code}</espi:quality></espi:ReadingQuality>"
                f"<espi:timePeriod>{_interval(start_s + offset * _INTERVAL_S, _INTERVAL_S)}"
                f"</espi:timePeriod><espi:value>{value}</espi:value></espi:IntervalReading>\n"
            )


def _slot_qualities(bill: Bill, load: Load) -> list[int]:
    """The code of each slot: how it came about, as far as sums of circuits can say."""
    used = {quality for row in bill.usage for quality in row.qualities} & _ESTIMATES
    whole = used.pop() if len(used) == 1 else Quality.MIXED
    energy, estimated, missing = load.microwatt_hours, load.estimated, load.missing_ms > 0
    codes = np.full(load.slots.count, _quality(bill).value)
    codes[estimated > 0] = Quality.MIXED
    codes[(estimated > 0) & (estimated == energy)] = whole
    codes[missing] = Quality.QUESTIONABLE
    codes[missing & (energy == 0)] = Quality.MISSING
    return [int(code) for code in codes]


def _summary(bill: Bill, dated: datetime) -> str:
    duration = (to_ms(bill.end) - to_ms(bill.start)) // MS_PER_SECOND
    period = _interval(to_ms(bill.start) // MS_PER_SECOND, duration)
    amount = int(bill.amount * _HUNDRED_THOUSANDTHS) if bill.priced else None
    cost = "" if amount is None else f"<espi:billLastPeriod>{amount}</espi:billLastPeriod>"
    quality = Quality.MIXED if bill.estimated_kwh or bill.edited_kwh else _quality(bill)
    peak = ""
    if bill.peak:
        at = to_ms(bill.peak.at) // MS_PER_SECOND
        watts = int(bill.peak.kw * PER_UNIT)
        peak = f"<espi:peakDemand>{_measurement(0, at, 38, watts)}</espi:peakDemand>"
    stamp = to_ms(dated) // MS_PER_SECOND
    energy = _measurement(
        -6, to_ms(bill.end) // MS_PER_SECOND, 72, int(bill.kwh * _MICROWATT_HOURS)
    )
    return (
        f"<espi:ElectricPowerUsageSummary><espi:billingPeriod>{period}</espi:billingPeriod>"
        f"{cost}{_currency(bill)}"
        f"<espi:overallConsumptionLastPeriod>{energy}</espi:overallConsumptionLastPeriod>"
        f"{peak}<espi:qualityOfReading>{quality.value}</espi:qualityOfReading>"
        f"<espi:statusTimeStamp>{stamp}</espi:statusTimeStamp></espi:ElectricPowerUsageSummary>"
    )


def _quality(bill: Bill) -> Quality:
    """Derived where any of it was calculated from current."""
    sources = {source for row in bill.usage for source in row.sources}
    measured = sources and EnergySource.CURRENT not in sources
    return Quality.VALID if measured else Quality.DERIVED


def _currency(bill: Bill) -> str:
    number = NUMERIC.get(bill.currency) if bill.priced else None
    return f"<espi:currency>{number}</espi:currency>" if number else ""


def _measurement(power_of_ten: int, at_s: int, unit: int, value: int) -> str:
    return (
        f"<espi:powerOfTenMultiplier>{power_of_ten}</espi:powerOfTenMultiplier>"
        f"<espi:timeStamp>{at_s}</espi:timeStamp><espi:uom>{unit}</espi:uom>"
        f"<espi:value>{value}</espi:value>"
    )


def _interval(start_s: int, duration_s: int) -> str:
    return f"<espi:duration>{duration_s}</espi:duration><espi:start>{start_s}</espi:start>"


def _text(text: str) -> str:
    """For between tags."""
    return escape(shown_lines(_UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text)))
