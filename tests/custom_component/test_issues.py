"""Repairs are raised by what is published, and cleared by it."""

from datetime import timedelta

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from published import Billing, info, month, publish, site_month
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)


def issues(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, dict[str, str] | None]:
    """What is named, by what is wrong."""
    return {
        key.removeprefix(f"{entry.entry_id}_"): issue.translation_placeholders
        for (domain, key), issue in ir.async_get(hass).issues.items()
        if domain == "bcm_mqtt"
    }


async def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: float) -> None:
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


async def test_where_all_is_well_there_is_none(
    hass: HomeAssistant, started: MockConfigEntry
) -> None:
    assert issues(hass, started) == {}


async def test_a_bridge_may_be_offline_for_a_moment_and_no_longer(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing, freezer: FrozenDateTimeFactory
) -> None:
    publish(hass, "bridge/dc1/state", "offline")
    await billing.settled()
    await passes(hass, freezer, 9)
    assert issues(hass, started) == {}
    await passes(hass, freezer, 2)
    assert issues(hass, started) == {"bridge_offline": {"site": "Data Center 1", "bridge": "dc1"}}
    publish(hass, "bridge/dc1/state", "online")
    await passes(hass, freezer, 0.1)
    assert "bridge_offline" not in issues(hass, started)


async def test_without_a_broker_nobody_knows_of_the_bridge(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing, freezer: FrozenDateTimeFactory
) -> None:
    publish(hass, "bridge/dc1/state", "offline")
    started.runtime_data._connection(False)
    await passes(hass, freezer, 30)
    await passes(hass, freezer, 1)
    assert issues(hass, started) == {}


@pytest.mark.parametrize(
    "outbox",
    [
        {"waiting": 500, "dropped": 3, "disk_fails": False},
        {"waiting": 0, "dropped": 3, "disk_fails": True},
    ],
)
async def test_an_outbox_that_stays_full_is_told(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    freezer: FrozenDateTimeFactory,
    outbox: dict[str, object],
) -> None:
    publish(hass, "bridge/dc1/info", info(outbox=outbox))
    await billing.settled()
    publish(hass, "billing/month_to_date", site_month())
    await passes(hass, freezer, 11)
    found = issues(hass, started)["outbox_filling"]
    assert found
    assert (found["waiting"], found["dropped"]) == (str(outbox["waiting"]), "3")
    publish(hass, "bridge/dc1/state", "offline")
    await passes(hass, freezer, 1)
    assert "outbox_filling" not in issues(hass, started)


SHORT = {
    "waiting": 61_000,
    "dropped": 0,
    "disk_fails": False,
    "lasts_s": 20_000,
    "runs_short": True,
    "recorders": [{"name": "dc1", "online": False}, {"name": "dc1-archive", "online": True}],
}


async def test_snapshots_that_will_be_lost_are_told_at_once_and_instead_of_a_full_outbox(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing, freezer: FrozenDateTimeFactory
) -> None:
    publish(hass, "bridge/dc1/info", info(outbox=SHORT))
    await billing.settled()
    publish(hass, "billing/month_to_date", site_month())
    await passes(hass, freezer, 11)
    found = issues(hass, started)
    assert found.keys() == {"outbox_runs_short"}
    short = found["outbox_runs_short"]
    assert short
    assert (short["hours"], short["waiting"], short["recorders"]) == ("6", "61000", "dc1")
    publish(hass, "bridge/dc1/info", info(outbox={**SHORT, "runs_short": False, "waiting": 3}))
    await billing.settled()
    assert "outbox_runs_short" not in issues(hass, started)


async def test_what_was_lost_is_named_for_a_week(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    ago = [dt_util.utcnow() - timedelta(days=days) for days in (8, 6, 5)]
    first, last = ago[1].isoformat(), ago[2].isoformat()
    span = {"panel": "rpp-1a", "source": "", "snapshots": 4, "cause": "the outbox was full"}
    lost = [
        {**span, "first": ago[0].isoformat(), "last": ago[0].isoformat()},
        {**span, "first": first, "last": last},
    ]
    outbox = {"waiting": 0, "dropped": 8, "disk_fails": False, "lost": lost}
    publish(hass, "bridge/dc1/info", info(outbox=outbox))
    await billing.settled()
    found = issues(hass, started)["snapshots_lost"]
    assert found
    assert found["count"] == "4"
    assert found["spans"].startswith("- rpp-1a, ")
    assert found["spans"].endswith(": 4 snapshots, the outbox was full")
    publish(hass, "bridge/dc1/info", info(outbox={**outbox, "lost": lost[:1]}))
    await billing.settled()
    assert issues(hass, started) == {}


@pytest.mark.parametrize(("as_of", "stored"), [(0, 16), (0, None), (16, 16)])
async def test_a_recorder_that_is_behind_is_told_while_meters_answer(
    hass: HomeAssistant,
    started: MockConfigEntry,
    billing: Billing,
    as_of: int,
    stored: int | None,
) -> None:
    now = dt_util.utcnow()
    until = None if stored is None else (now - timedelta(minutes=stored)).isoformat()
    behind = site_month(as_of=(now - timedelta(minutes=as_of)).isoformat(), stored_until=until)
    publish(hass, "billing/month_to_date", behind)
    await billing.settled()
    assert set(issues(hass, started)) == {"recorder_behind"}
    publish(hass, "bridge/dc1/info", info(panels={"rpp-1a": {"answering": False}}))
    await billing.settled()
    assert issues(hass, started) == {}


async def test_another_version_is_told_but_not_another_patch(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(version="0.1.7"))
    await billing.settled()
    assert issues(hass, started) == {}
    publish(hass, "bridge/dc1/info", info(version="0.2.0"))
    await billing.settled()
    found = issues(hass, started)["version_mismatch"]
    assert found
    assert (found["bridge_version"], found["integration_version"]) == ("0.2.0", "0.1.0")


async def test_circuits_that_are_nobodys_are_named(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    rows = [{"panel": "rpp-1a", "poles": [n, n + 2], "kwh": 1.5} for n in range(1, 13)]
    publish(hass, "billing/month_to_date", site_month(unassigned=rows, unassigned_circuits=12))
    await billing.settled()
    found = issues(hass, started)["unassigned_circuits"]
    assert found
    assert found["count"] == "12"
    assert found["circuits"].splitlines()[0] == "- rpp-1a 1+3"
    assert len(found["circuits"].splitlines()) == 10
    publish(hass, "billing/month_to_date", site_month())
    await billing.settled()
    assert issues(hass, started) == {}


async def test_customers_with_much_that_is_estimated_are_named(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "customer/Customer1/month_to_date", month("Customer1", estimated_share=0.051))
    await billing.settled()
    found = issues(hass, started)["estimated_share"]
    assert found
    assert (found["limit"], found["count"]) == ("5", "1")
    assert found["customers"] == "- Customer1, Inc.: 5.1%"


async def test_they_go_with_the_entry(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing
) -> None:
    publish(hass, "bridge/dc1/info", info(version="2.0.0"))
    await billing.settled()
    assert issues(hass, started)
    await hass.config_entries.async_unload(started.entry_id)
    assert issues(hass, started) == {}


async def test_months_that_are_missing_from_the_statistics_are_named(
    hass: HomeAssistant, started: MockConfigEntry, billing: Billing, freezer: FrozenDateTimeFactory
) -> None:
    data = started.runtime_data.data
    data.without_hours = {"2026-02": "busy", "2026-01": "away"}
    await passes(hass, freezer, 1)
    assert "statistics_incomplete" not in issues(hass, started)
    await passes(hass, freezer, 11)
    found = issues(hass, started)["statistics_incomplete"]
    assert found
    assert (found["count"], found["months"]) == ("2", "- 2026-01: away\n- 2026-02: busy")
    data.without_hours = {}
    await passes(hass, freezer, 1)
    assert "statistics_incomplete" not in issues(hass, started)
