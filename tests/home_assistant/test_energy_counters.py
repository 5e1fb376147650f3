"""Energy sensors of Home Assistant, which takes a fall for a reset, over registers that fall."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from home_assistant.test_bridge import broker, home, mqtt_entities
from peers.live_bridge import (
    EVENT,
    NEW_WH,
    OLD_WH,
    POLL_WH,
    POLLS,
    Places,
    counts,
    exchanged,
    exchanged_for,
    falls_by_half_a_kwh,
    is_reset,
    live_bridge,
    rolls_over,
    shows_0_once,
)

if TYPE_CHECKING:
    from pathlib import Path

    from home_assistant.instance import HomeAssistant
    from peers.mosquitto import Mosquitto

__all__ = ["broker", "home"]

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(300)]

EXCHANGED_POLE, FIRST_KWH = 5, Decimal("90000.5")
HISTORIES: Places = {
    ("one", 1): counts,
    ("one", 3): shows_0_once,
    ("one", EXCHANGED_POLE): exchanged_for(FIRST_KWH),
    ("two", 1): rolls_over,
    ("two", 3): is_reset,
    ("two", 5): falls_by_half_a_kwh,
}
SENSORS = {f"dc1_{panel}_{pole}_energy": (panel, pole) for panel, pole in HISTORIES}


async def test_a_sensor_never_falls_and_ends_right_whatever_its_register_does(
    home: HomeAssistant, broker: Mosquitto, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    async with live_bridge(broker, tmp_path, HISTORIES) as live:
        for poll in range(2):
            await live.poll(poll)
        entities = await asyncio.to_thread(entities_of, home)
        for poll in range(2, POLLS + 1):
            if poll == EVENT + 6:  # long after it was counted as unexplained
                await asyncio.to_thread(exchanged, live.config, "one", EXCHANGED_POLE, FIRST_KWH)
            await live.poll(poll)
        final = {
            sensor: float(await asyncio.to_thread(settled, home, entity, sensor))
            for sensor, entity in entities.items()
        }
    for sensor, entity in entities.items():
        states = past(home, entity, began, final[sensor])
        assert states == sorted(states), sensor
        assert len(set(states)) > POLLS // 2, sensor  # it was seen to count
        attributes = home.state(entity).attributes
        assert attributes["state_class"] == "total_increasing"
        assert attributes["unit_of_measurement"] == "kWh"


def entities_of(home: HomeAssistant) -> dict[str, str]:
    """Entity ids of the energy sensors, once all are there."""
    home.wait_for(lambda: SENSORS.keys() <= mqtt_entities(home).keys(), 60)
    known = mqtt_entities(home)
    return {sensor: known[sensor] for sensor in SENSORS}


def settled(home: HomeAssistant, entity: str, sensor: str) -> str:
    """The state once it is what the circuit used, in kWh."""
    used = POLLS * POLL_WH
    if SENSORS[sensor] == ("one", EXCHANGED_POLE):
        used += OLD_WH + NEW_WH - POLL_WH
    # What flowed between the polls before and after a fall is not known.
    falls = HISTORIES[SENSORS[sensor]] in {is_reset, falls_by_half_a_kwh}
    least = used - POLL_WH if falls else used

    def right() -> str:
        state = home.state(entity).state
        return state if least <= round(float(state) * 1000) <= used else ""

    return home.wait_for(right, 20)


def past(home: HomeAssistant, entity: str, since: datetime, last: float) -> list[float]:
    """Every state that its recorder has seen, once that is the last one: it commits later."""
    path = f"/api/history/period/{since:%Y-%m-%dT%H:%M:%S}Z?filter_entity_id={entity}"

    def seen() -> list[float]:
        (states,) = home.request("GET", f"{path}&minimal_response&no_attributes")
        numbers = [one["state"] for one in states]
        known = [float(number) for number in numbers if number not in {"unknown", "unavailable"}]
        return known if last in known[-1:] else []

    return home.wait_for(seen, 20)
