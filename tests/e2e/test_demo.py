"""`bcm-mqtt demo` as a newcomer runs it."""

import json
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peers.process import BCM_MQTT, free_port


def demo(folder: Path, *options: str) -> str:
    port = str(free_port())
    done = subprocess.run(
        [*BCM_MQTT, "demo", "--data", str(folder), "--seconds", "4", "--port", port, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env={**os.environ, "TERM": "dumb"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.timeout(300)
@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_it_reaches_a_live_table_and_last_months_bills(tmp_path: Path, broker: str) -> None:
    shown = demo(tmp_path, "--panels", "1", "--broker", broker)
    assert "RPP-1A  120/208 V" in shown
    assert re.search(r"The page: http://127\.0\.0\.1:\d+/", shown)
    assert "Acme-" in shown
    [bills] = tmp_path.glob("bills/*/bills.json")
    month = json.loads(bills.read_text())
    assert {bill["customer"] for bill in month["bills"]} > {"Acme", "Globex", "Initech"}
    for bill in month["bills"]:
        # Simulated meters never fail: every hour of the month is measured.
        assert bill["missing_hours"] == 0
        assert bill["kwh"] > 0
        assert f"{bill['amount']:,.2f} USD" in shown
        rate = bill["lines"][0]
        assert rate["amount"] == pytest.approx(rate["quantity"] * rate["price"], abs=0.005001)
    parts = sum(bill["kwh"] for bill in month["bills"]) + month["unallocated"]["kwh"]
    assert month["kwh"] == pytest.approx(parts)
    assert (bills.parent / "Acme.html").exists()
    assert (bills.parent / "summary.html").exists()


@pytest.mark.timeout(300)
def test_a_mixed_site_plays_its_last_day_and_no_reading_is_of_the_future(tmp_path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(days=1)
    options = ["--mixed", "--days", "1", "--speed", "1800", "--seconds", "25"]
    shown = demo(tmp_path, *options)
    assert "6 simulated BG08, E30, MAP12E, POWERSCOUT24, SDM630, SHELLY-PRO-3EM panels" in shown
    with closing(sqlite3.connect(tmp_path / "bcm.db")) as database:
        found = database.execute(
            "SELECT panel, count(*), max(time) FROM snapshot WHERE time > ? GROUP BY panel",
            [round(begun.timestamp() * 1000)],
        ).fetchall()
    assert len(found) == 6
    for panel, count, last in found:
        assert count >= 20, panel  # of some 45 that a machine with nothing else to do has
        played = datetime.fromtimestamp(last / 1000, UTC) - begun
        assert timedelta(hours=5) < played < timedelta(days=1, minutes=5)
