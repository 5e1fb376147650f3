"""Green Button: valid against the schema of ESPI 1.1, with every interval's energy and quality."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from importlib.resources import as_file, files
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import xmlschema

from bcm_mqtt.billing.reports.espi_codes import DstRules, dst_rules
from bcm_mqtt.billing.reports.green_button import green_button
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality
from unit.billing import example_bill as example
from unit.billing.example_bill import ISSUER
from unit.builders import NEW_YORK

ATOM = "{http://www.w3.org/2005/Atom}"
ESPI = "{http://naesb.org/espi}"
BILL = example.issued(example.bill(6))
SHORT = replace(BILL, load=None)
"""Quick to validate."""


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """That of the standard, as openleadr ships it for OpenADR; it imports that of Atom."""
    with as_file(files("openleadr") / "schema") as folder:
        return xmlschema.XMLSchema(str(folder / "oadr_greenbutton.xsd"))


def feed(bill: Bill) -> ET.Element:
    return ET.fromstring(green_button(bill, ISSUER))


def readings(root: ET.Element) -> list[tuple[int, int, int]]:
    """Start, quality and value of each."""
    return [
        (
            int(item.findtext(f"{ESPI}timePeriod/{ESPI}start", "")),
            int(item.findtext(f"{ESPI}ReadingQuality/{ESPI}quality", "")),
            int(item.findtext(f"{ESPI}value", "")),
        )
        for item in root.iter(f"{ESPI}IntervalReading")
    ]


def field(root: ET.Element, path: str) -> str:
    found = root.find(f".//{ESPI}" + f"/{ESPI}".join(path.split("/")))
    assert found is not None
    return found.text or ""


def changed(load: Load, **arrays: object) -> Bill:
    return replace(BILL, load=replace(load, **arrays))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bill",
    [
        pytest.param(BILL, id="issued"),
        pytest.param(replace(example.bill(6), load=None), id="draft"),
        pytest.param(SHORT, id="without a load"),
        pytest.param(replace(SHORT, tariff="", lines=()), id="without a tariff"),
        pytest.param(replace(SHORT, currency="XXX"), id="in a currency without a number"),
    ],
)
def test_a_feed_is_valid(schema: xmlschema.XMLSchema, bill: Bill) -> None:
    errors = [str(error.reason) for error in schema.iter_errors(green_button(bill, ISSUER))]
    assert errors == []


def test_the_schema_would_notice(schema: xmlschema.XMLSchema) -> None:
    text = green_button(SHORT, ISSUER)
    for right, wrong in (
        ("<espi:duration>2674800<", "<espi:duration>-900<"),
        ("<espi:uom>72</espi:uom>", "<espi:uom>Wh</espi:uom>"),
        ("espi:statusTimeStamp", "espi:timeStamp"),
        ("espi:ReadingType", "espi:Reading"),
    ):
        assert right in text
        assert not schema.is_valid(text.replace(right, wrong)), wrong


def test_the_energy_is_that_of_the_load_to_the_micro_watt_hour() -> None:
    assert BILL.load
    root = feed(BILL)
    found = readings(root)
    assert [value for _, _, value in found] == BILL.load.microwatt_hours.tolist()
    assert [start for start, _, _ in found] == (BILL.load.slots.starts_ms // 1000).tolist()
    assert field(root, "ReadingType/powerOfTenMultiplier") == "-6"
    assert field(root, "ReadingType/uom") == "72"
    assert field(root, "ReadingType/intervalLength") == "900"


def test_a_block_is_a_local_day() -> None:
    root = feed(BILL)
    blocks = list(root.iter(f"{ESPI}IntervalBlock"))
    assert len(blocks) == 31
    lengths = [len(block.findall(f"{ESPI}IntervalReading")) for block in blocks]
    assert lengths == [96] * 7 + [92] + [96] * 23  # the clocks went forward on the 8th
    start = int(blocks[8].findtext(f"{ESPI}interval/{ESPI}start", ""))
    assert datetime.fromtimestamp(start, NEW_YORK).isoformat() == "2026-03-09T00:00:00-04:00"


def test_nothing_estimated_is_called_measured() -> None:
    assert BILL.load
    for quality, (_, code, _) in zip(BILL.load.estimated, readings(feed(BILL)), strict=True):
        assert (code == Quality.LIKE_DAY) == bool(quality)


def test_an_interval_that_was_estimated_in_two_ways_is_mixed() -> None:
    both = frozenset({Quality.DERIVED, Quality.LIKE_DAY, Quality.INTERPOLATED})
    bill = replace(BILL, usage=tuple(replace(row, qualities=both) for row in BILL.usage))
    assert {code for _, code, _ in readings(feed(bill))} == {11, 10, 13}


def test_what_was_entered_by_hand_is_edited() -> None:
    edited = frozenset({Quality.DERIVED, Quality.EDITED})
    bill = replace(BILL, usage=tuple(replace(row, qualities=edited) for row in BILL.usage))
    assert {code for _, code, _ in readings(feed(bill))} == {11, 10, 7}


def test_what_is_missing_is_left_out_and_what_is_incomplete_is_questionable() -> None:
    assert BILL.load
    energy, missing = BILL.load.microwatt_hours.copy(), BILL.load.missing_ms.copy()
    energy[:10], missing[:12] = 0, 900_000
    found = readings(feed(changed(BILL.load, microwatt_hours=energy, missing_ms=missing)))
    assert len(found) == BILL.load.slots.count - 10
    assert [code for _, code, _ in found[:3]] == [10, 10, 11]


def test_a_month_without_any_reading_has_no_block() -> None:
    assert BILL.load
    nothing = np.zeros_like(BILL.load.microwatt_hours)
    empty = changed(BILL.load, microwatt_hours=nothing, missing_ms=nothing + 1)
    assert readings(feed(empty)) == []
    assert not list(feed(empty).iter(f"{ESPI}IntervalBlock"))


@pytest.mark.parametrize(
    ("source", "code"), [(EnergySource.REGISTER, "0"), (EnergySource.CURRENT, "11")]
)
def test_the_quality_says_whether_a_device_measured_it(source: EnergySource, code: str) -> None:
    sources = frozenset({source})
    bill = replace(BILL, usage=tuple(replace(row, sources=sources) for row in BILL.usage))
    assert field(feed(bill), "ReadingType/defaultQuality") == code


def test_the_summary_has_the_bill() -> None:
    root = feed(BILL)
    summary = "ElectricPowerUsageSummary"
    assert Decimal(field(root, f"{summary}/billLastPeriod")) / 100_000 == BILL.amount
    assert field(root, f"{summary}/currency") == "840"
    energy = Decimal(field(root, f"{summary}/overallConsumptionLastPeriod/value"))
    assert energy / 10**9 == BILL.kwh
    assert field(root, f"{summary}/billingPeriod/duration") == str(743 * 3600)
    assert BILL.peak
    assert Decimal(field(root, f"{summary}/peakDemand/value")) / 1000 == BILL.peak.kw


def test_the_same_bill_gives_the_same_feed_and_another_month_other_ids() -> None:
    assert green_button(BILL, ISSUER) == green_button(BILL, ISSUER)
    april = replace(BILL, month=BILL.month.shifted(1))
    ids = [{item.text for item in feed(bill).iter(f"{ATOM}id")} for bill in (BILL, april)]
    assert len(ids[0]) == len(list(feed(BILL).iter(f"{ATOM}id")))
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    "text", ["</title><x/>", "&amp;", '"', "\x01", "\ud800", "Zürich 🔌", "]]>"]
)
def test_text_of_others_is_inert(schema: xmlschema.XMLSchema, text: str) -> None:
    bill = replace(SHORT, customer=Customer(text, text))
    xml = green_button(bill, replace(ISSUER, name=text, id=text))
    assert schema.is_valid(xml)
    shown = text.replace("\x01", "\ufffd").replace("\ud800", "\ufffd")
    titles = [item.text for item in ET.fromstring(xml).iter(f"{ATOM}title")]
    assert f"{shown}, {shown}, 2026-03" in titles


@pytest.mark.parametrize(
    ("zone", "rules"),
    [
        # The published rules of North America: the second Sunday of March, the first of November.
        ("America/New_York", DstRules("360E2000", "B40E2000", 3600, -5 * 3600)),
        # The last Sunday of March at 2, of October at 3.
        ("Europe/Berlin", DstRules("3E0E2000", "AE0E3000", 3600, 3600)),
        # In Dublin the winter is what the law calls an exception.
        ("Europe/Dublin", DstRules("3E0E1000", "AE0E2000", 3600, 0)),
        # The first Sundays of October and April.
        ("Australia/Sydney", DstRules("A40E2000", "440E3000", 3600, 10 * 3600)),
        ("Asia/Kolkata", DstRules("00000000", "00000000", 0, 19800)),
        ("UTC", DstRules("00000000", "00000000", 0, 0)),
    ],
)
def test_clock_changes_are_as_the_standard_writes_them(zone: str, rules: DstRules) -> None:
    assert dst_rules(ZoneInfo(zone), 2026) == rules
