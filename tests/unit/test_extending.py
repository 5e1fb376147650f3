"""docs/extending.md keeps its promise: each of its examples is made on a copy and looked for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
MOST_FILES = {"A meter profile": 1}
"""Of an example; four of the others."""

PRINTED = """
from contextlib import redirect_stdout
from io import StringIO

from bcm_mqtt.cli import main


def printed(arguments):
    with redirect_stdout(StringIO()) as output:
        assert main(arguments) == 0
    return output.getvalue()
"""
LOOKS = {
    "A meter profile": """
from bcm_mqtt.profiles import shipped_profiles

assert shipped_profiles()["acme4"].title == "Acme four channel meter"
assert "acme4" in printed(["profiles"])
""",
    "A source of readings": """
import asyncio
from pathlib import Path

from bcm_mqtt.bridge.sources import connection_line, panel_pollings
from bcm_mqtt.config import load
from unit.builders import NOON
from unit.site_files import write_site

main = write_site(Path("toy"))
text = main.read_text().replace("panels:", "  ups-1: {file: toy.json}\\npanels:")
listed = "sources: [{file: ups-1, poles: 3+4}]"
main.write_text(text.replace("gateway: babel-1, first_unit_id: 9, poles: 12", listed))
settings = load(main)
assert settings.panels["rpp-1b"].panel.pole_count == 4
(polling,) = panel_pollings(settings, "ups-1")
line = connection_line(settings.gateways["ups-1"], lambda: 0.5)
reader = polling.reader(line, polling.plan)
poll = asyncio.run(reader.read(lambda: NOON, 1, polling.interval_ms))
assert not poll.answered and not line.reachable and "toy.json" in poll.snapshot.errors[0]
Path("toy.json").write_text("[1.5, null]")
poll = asyncio.run(reader.read(lambda: NOON, 2, polling.interval_ms))
assert poll.answered and poll.snapshot.current == (None, None, 1500, None)
assert (poll.snapshot.source, poll.snapshot.poles) == ("ups-1", (3, 4))
""",
    "A circuit field": """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from click.testing import CliRunner
from sqlalchemy import create_engine, text

from bcm_mqtt.config.directory.table import COLUMNS
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.mqtt.payloads.circuit import change_of, version_body, version_of
from bcm_mqtt.store import Store
from bcm_mqtt.web.api.panels import CircuitNow

assert "cabinet" in COLUMNS
assert CircuitNow.model_fields["cabinet"].annotation is str
version = CircuitVersion((1,), "Customer1-A-1", cabinet="R12")
assert version_body(version)["cabinet"] == "R12"
body = {**version_body(version), "poles": [1], "valid_from": "1970-01-01T00:00:00Z"}
assert version_of(body).cabinet == "R12"
del body["cabinet"]  # as an earlier release published it
assert version_of(body).cabinet == ""
change = change_of({"panel": "rpp-1a", "pole": 1, "cabinet": "R13"}, ZoneInfo("UTC"))
assert change.applied_to(version).cabinet == "R13"
assert "--cabinet" in printed(["circuits", "assign", "--help"])
store = Store("sqlite:///toy.db")
store.database.ensure_schema()
store.database.close()
with create_engine("sqlite:///toy.db").connect() as connection:
    assert "cabinet" in connection.execute(text("SELECT * FROM circuit_version")).keys()
""",
    "A tariff component": """
from decimal import Decimal
from pathlib import Path

from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import read_tariffs
from unit.domain import test_rating_charges as charges

Path("tariffs.yaml").write_text(
    "tariffs: {toy: {versions: [{valid_from: 2026-01-01, energy: 0, meter_rental: {price: 2.5}}]}}"
)
site = SiteSettings("dc1", "Data Center 1", charges.NEW_YORK, "USD")
tariffs, _, problems = read_tariffs(Path("tariffs.yaml"), site)
assert problems == []
tariff = tariffs["toy"]
assert ("Meter rental", "USD 2.5 per circuit and month") in tariff.versions[0].terms("USD")
bill = charges.bill(tariff.versions, charges.row(), charges.row(pole=2))
assert ("Meter rental", "circuits", Decimal("5.00")) in [
    (line.label, line.unit, line.amount) for line in bill.lines
]
""",
    "An alarm kind": """
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.reading.alarm import Alarm
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, AlarmLimits
from bcm_mqtt.domain.reading.loading import CircuitReading
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.mqtt.discovery import Discovery
from bcm_mqtt.mqtt.payloads import decode_alarm, decode_request, encode_alarm
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, Topics
from bcm_mqtt.web.api.alarms import AlarmsNamed
from unit import builders

kind, topics, zone = AlarmKind("unused"), Topics(), ZoneInfo("UTC")
topic = topics.alarm("rpp-1a", 1, kind)
assert topic == "bcm/rpp-1a/circuit/1/unused_alarm" and "unused_alarm" in CIRCUIT_QUANTITIES
assert topics.subject_of(topic).alarm is kind
assert "bcm/+/circuit/+/unused_alarm" in topics.everything_live
limits, alarm = kind.limits(AlarmLimits()), Alarm()
for _ in range(limits.on_delay):
    figure = kind.circuit.figure(CircuitReading(0.1, 12.0, 0.5))
    alarm = alarm.next(figure, datetime(2026, 1, 1, tzinfo=UTC), limits)
report = decode_alarm(encode_alarm("rpp-1a", 1, kind, alarm, limits), "rpp-1a")
assert (report.severity, report.loading, report.limit) == ("warning", 99.5, 99.0)
assert decode_request("acknowledge", b'{"kind": "unused"}', zone).alarms[0].kind is kind
assert AlarmsNamed(panel="rpp-1a", pole=1, kind="unused").kind.label == "unused"
devices = Discovery(topics, "dc1", "main")
_, device = devices.circuit_device(builders.panel(), CircuitVersion((1,), "toy", rating_amps=20))
assert topic.encode() in device and b'"dc1_rpp-1a_1_unused_alarm"' in device
""",
    "A report format": """
from bcm_mqtt.billing.reports.formats import BILL_FORMATS, FORMATS
from bcm_mqtt.config.mail import ATTACHMENTS

assert FORMATS["txt"].media_type.startswith("text/plain")
assert "txt" in BILL_FORMATS and set(ATTACHMENTS) == set(FORMATS)
assert "txt" in printed(["bill", "--help"])
""",
}
"""What each example must show, in a process of its own in the copy."""


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {
        title: "\n".join(re.findall(r"```diff\n(.*?\n)```", text, re.DOTALL))
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_example_of_the_page_is_made_here() -> None:
    assert sections().keys() == LOOKS.keys()


@pytest.mark.parametrize("title", LOOKS)
def test_an_example_does_all_that_the_page_says(title: str, tmp_path: Path) -> None:
    difference = sections()[title]
    shutil.copytree(
        ROOT / "bcm_mqtt", tmp_path / "bcm_mqtt", ignore=shutil.ignore_patterns("__pycache__")
    )

    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=difference.encode(), check=True)

    touched = re.findall(r"^\+\+\+ b/(\S+)$", difference, re.MULTILINE)
    assert len(set(touched)) <= MOST_FILES.get(title, 4)
    look = subprocess.run(
        [sys.executable, "-c", PRINTED + LOOKS[title]],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (look.stderr, look.returncode) == ("", 0)
