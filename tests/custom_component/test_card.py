"""The card is served to pages where there are any."""

from pathlib import Path

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

FOLDER = Path(__file__).parents[2] / "custom_components" / "bcm_mqtt" / "frontend"


async def test_pages_load_the_card_by_an_address_that_changes_with_it(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, "bcm_mqtt", {})
    [url] = [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "bcm_mqtt" in url]
    client = await hass_client_no_auth()
    for file in FOLDER.glob("*.js"):
        answer = await client.get(url.replace("index.js", file.name))
        assert answer.status == 200
        assert await answer.text() == file.read_text()
        assert "max-age=2678400" in answer.headers["Cache-Control"]


async def test_a_home_assistant_without_pages_has_no_use_for_it(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    assert hass.services.has_service("bcm_mqtt", "set_circuit")
    assert DATA_EXTRA_MODULE_URL not in hass.data
