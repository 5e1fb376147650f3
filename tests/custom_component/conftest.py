"""A Home Assistant with a broker that is not there, and a site that has published."""

from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from published import BASE, Billing, info, month, publish, site_month
from pytest_homeassistant_custom_component.common import MockConfigEntry

# First of all, or the plugin's own folder of that name shadows it.
import custom_components.bcm_mqtt

assert custom_components.bcm_mqtt.PLATFORMS


@pytest.fixture(autouse=True)
def _our_integration(enable_custom_integrations: None) -> None:
    """Home Assistant looks for integrations that are not its own."""


@pytest.fixture(autouse=True)
def reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Generator[list[str]]:
    """What Home Assistant holds against us, such as the use of what it retires: nothing, ever.

    Its log has a report once per process, and none where it forgives custom integrations. So
    the reports themselves are watched.
    """
    found: list[str] = []
    report = frame._report_usage

    def watched(hass: HomeAssistant, what: str, **details: Any) -> None:  # noqa: ANN401
        of = details["integration_domain"]
        with suppress(frame.MissingIntegrationFrame):
            of = of or frame.get_integration_frame(details["exclude_integrations"]).integration
        if of == "bcm_mqtt":
            found.append(what)
        report(hass, what, **details)

    monkeypatch.setattr(frame, "_report_usage", watched)
    yield found
    records = caplog.get_records("setup") + caplog.get_records("call")
    messages = [record.getMessage() for record in records]
    found += [text for text in messages if "deprecated" in text and "bcm_mqtt" in text]
    assert found == []


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """Mqtt and the recorder leave some."""
    return True


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Of the bridge dc1, added and not set up."""
    made = MockConfigEntry(
        domain="bcm_mqtt",
        title="Data Center 1",
        unique_id="dc1_dc1",
        data={"base_topic": BASE, "bridge": "dc1"},
        options={"customers": True},
    )
    made.add_to_hass(hass)
    return made


@pytest.fixture
async def billing(hass: HomeAssistant, mqtt_mock: Any) -> Billing:  # noqa: ANN401
    """Answers requests of the bridge and of billing."""
    return Billing(hass, mqtt_mock)


@pytest.fixture
async def started(
    hass: HomeAssistant, entry: MockConfigEntry, billing: Billing
) -> AsyncGenerator[MockConfigEntry]:
    """The entry, set up with two customers."""
    billing.retain(f"{BASE}/bridge/dc1/state", "online")
    billing.retain(f"{BASE}/bridge/dc1/info", info())
    assert await hass.config_entries.async_setup(entry.entry_id)
    publish(hass, "customer/Customer1/month_to_date", month("Customer1"))
    publish(hass, "customer/A%2FB/month_to_date", month("A/B", name="Able", cost=None))
    publish(hass, "billing/month_to_date", site_month())
    await billing.settled()
    yield entry
    # Newer releases of mqtt fail over what is forgotten before it was subscribed to.
    await billing.settled()
    await hass.config_entries.async_unload(entry.entry_id)
