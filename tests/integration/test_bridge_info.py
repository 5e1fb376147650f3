"""The health of gateways and units, as a subscriber of the bridge's `info` sees it."""

import asyncio
import json
from pathlib import Path
from typing import Any

from bcm_mqtt.simulator import SimulatedGateway
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

INFO = "bcm/bridge/dc1/info"


async def test_info_tells_of_a_silent_unit_but_not_with_each_poll(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    def gateway_now() -> Any:  # noqa: ANN401 - as published
        info = json.loads(mosquitto.retained(INFO).get(INFO, "{}"))
        return info.get("gateways", {}).get("gw", {})

    def wait(what: str, value: object) -> None:
        wait_until(lambda: gateway_now().get(what) == value, 30, lambda: str(gateway_now()))

    units = {unit: lambda: [1, 2, 3, 4, 5, 6] for unit in range(1, 9)}
    async with SimulatedGateway(units, dead_units=[4]) as simulated:
        with Site(tmp_path / "site", mosquitto.port, simulated.port) as site:
            heard = tmp_path / "heard"
            with mosquitto.listening(INFO, heard):
                site.start("bridge")
                await asyncio.to_thread(wait, "silent_units", [4])
                found = await asyncio.to_thread(gateway_now)
                assert found["units"]["4"]["last_error"] == "no answer in time"
                simulated.dead_units.clear()
                await asyncio.to_thread(wait, "silent_units", [])
                found = await asyncio.to_thread(gateway_now)
                assert found["reachable"] is True
                assert found["units"]["4"]["silent_in_a_row"] == 0
                assert found["units"]["1"]["round_trip_ms"] < 100
                assert found["last_answer"]
                before = len(heard.read_text().splitlines())
                await asyncio.sleep(3)  # 15 polls
                assert len(heard.read_text().splitlines()) <= before + 1
