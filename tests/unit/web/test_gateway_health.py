"""The health on the page says what is wrong with a gateway, also with one that has no units."""

from dataclasses import replace

import pytest

from bcm_mqtt.mqtt.payloads import GatewayReport, UnitId, UnitReport
from unit.builders import NOON
from unit.web.conftest import REPORT, Page

TWO = "two devices publish on s/events/rpc: messages of one and two take turns"
UNIT = UnitReport(round_trip_ms=2.0, failures=0, silent_in_a_row=0, last_answer=NOON, last_error="")
THERE = GatewayReport(True, True, (), 1, 0, 0, NOON, "", {})  # noqa: FBT003
GONE = replace(THERE, connected=False, reachable=False, last_error="refused")


@pytest.mark.parametrize(
    ("gateway", "good", "said"),
    [
        (THERE, "yes", "reachable"),
        (replace(THERE, last_error=TWO), "no", f"reachable, {TWO}"),
        (GONE, "no", "not reachable, refused"),
        # What was wrong with a line to units that answer now is over.
        (replace(THERE, units={UnitId(1): UNIT}, last_error="lost"), "yes", "reachable, 1 unit"),
    ],
)
async def test_it_says_what_is_wrong(
    page: Page, gateway: GatewayReport, good: str, said: str
) -> None:
    report = replace(REPORT, gateways={"house": gateway})
    page.ports.live.take_bridge("dc1", online=True, report=report)
    text = (await page.get("/status")).text
    [row] = [line for line in text.splitlines() if "<b>Gateway house</b>" in line]
    assert f'data-good="{good}"' in row
    assert f"{said}<" in row
