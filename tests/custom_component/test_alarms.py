"""One sensor says how the alarms of a bridge stand, in words that are translated."""

import json
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from published import Billing, publish
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bcm_mqtt.alarms import BY_URGENCY

ENGLISH = Path(__file__).parents[2] / "custom_components" / "bcm_mqtt" / "translations" / "en.json"


def test_every_state_is_translated() -> None:
    texts = json.loads(ENGLISH.read_text())["entity"]["sensor"]["alarms"]
    assert texts["state"].keys() == set(BY_URGENCY)


async def test_the_most_urgent_state_of_a_bridges_alarms_is_shown_and_all_are_counted(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    entity = er.async_get(hass).async_get_entity_id("sensor", "bcm_mqtt", "dc1_dc1_alarms")
    assert entity

    async def shown(topic: str, panel: str, state: str) -> tuple[str, dict[str, int]]:
        body = json.dumps({"v": 1, "panel": panel, "state": state}) if state else ""
        publish(hass, topic, body)
        await billing.settled()
        found = hass.states.get(entity)
        assert found
        return found.state, {
            key: found.attributes[key] for key in BY_URGENCY if key in found.attributes
        }

    first, main, other = "rpp-1a/circuit/1/alarm", "rpp-1a/main/alarm", "rpp-9/circuit/1/alarm"
    assert await shown(first, "rpp-1a", "normal") == ("normal", {})
    assert await shown(first, "rpp-1a", "shelved") == ("shelved", {"shelved": 1})
    both = {"unacknowledged": 1, "shelved": 1}
    assert await shown(main, "rpp-1a", "unacknowledged") == ("unacknowledged", both)
    # Of another bridge's panel, and one that nobody understands: as before.
    assert await shown(other, "rpp-9", "unacknowledged") == ("unacknowledged", both)
    assert await shown(main, "rpp-1a", "odd") == ("unacknowledged", both)
    assert await shown(main, "rpp-1a", "") == ("shelved", {"shelved": 1})
