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

from peers.process import BCM_MQTT, Process, free_port, wait_until


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


def played(folder: Path, since: datetime) -> list[tuple[int, int]]:
    """Of each panel: how many snapshots later than a time, and the time of the last one, ms."""
    if not (folder / "bcm.db").exists():
        return []
    with closing(sqlite3.connect(folder / "bcm.db", timeout=30)) as database:
        try:
            return database.execute(
                "SELECT count(*), max(time) FROM snapshot WHERE time > ? GROUP BY panel",
                [round(since.timestamp() * 1000)],
            ).fetchall()
        except sqlite3.OperationalError:  # no tables yet
            return []


@pytest.mark.timeout(600)
def test_a_mixed_site_plays_its_last_day_and_no_reading_is_of_the_future(tmp_path: Path) -> None:
    # History ends a day before the demo begins to play, which is a while after now.
    begun = datetime.now(UTC) - timedelta(days=1) + timedelta(hours=1)
    options = ["--mixed", "--days", "1", "--speed", "1440", "--port", str(free_port())]
    line = [*BCM_MQTT, "demo", "--data", str(tmp_path), *options]
    with Process(line, tmp_path / "demo.log", TERM="dumb") as process:

        def each_was_polled() -> bool:
            found = played(tmp_path, begun)
            return len(found) == 6 and min(count for count, _ in found) >= 10

        wait_until(each_was_polled, 120, process.said)
        now_ms = datetime.now(UTC).timestamp() * 1000
        assert all(last < now_ms for _, last in played(tmp_path, begun))
        kinds = "6 simulated BG08, E30, MAP12E, POWERSCOUT24, SDM630, SHELLY-PRO-3EM panels"
        assert kinds in process.said()
        assert process.stop(120) == 0
