"""`bcm-mqtt demo` as a newcomer runs it."""

import json
import os
import re
import subprocess
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
