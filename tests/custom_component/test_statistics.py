"""Each customer's energy by hour is what billing says, whenever it says it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    list_statistic_ids,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from published import Billing, at, info, publish
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.bcm_mqtt.statistics import History, statistic_id_of

HOURS = "bcm/billing/request/hours"
ONE = "bcm_mqtt:dc1_customer1_20b7d2_energy"
STARTS = {"2026-02": "2026-02-01T05:00:00Z", "2026-03": "2026-03-01T05:00:00Z"}


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: Any) -> None:  # noqa: ANN401
    """The recorder's database must be there before Home Assistant is."""


class Hours:
    """What billing would say, by month: kWh of the first hours of the customer."""

    def __init__(self, billing: Billing) -> None:
        self.kwh: dict[str, list[float]] = {}
        self.starts = dict(STARTS)
        self.name = "Customer One"
        self.customers: tuple[str, ...] = ("Customer1",)
        self.asked: list[str] = []
        billing.answers[HOURS] = self._answer

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        month = body["month"]
        self.asked.append(month)
        hours = self.kwh.get(month)
        one = {"name": self.name, "start": self.starts.get(month), "kwh": hours}
        return {"status": "ok", "customers": dict.fromkeys(self.customers if hours else (), one)}


@pytest.fixture
def hours(billing: Billing) -> Hours:
    return Hours(billing)


@pytest.fixture
def _not_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.bcm_mqtt.follow_history", lambda *_: None)


@pytest.fixture
async def history(
    recorder_mock: object,
    hass: HomeAssistant,
    _not_by_itself: None,
    hours: Hours,
    started: MockConfigEntry,
    freezer: FrozenDateTimeFactory,  # last: mqtt does not start in frozen time
) -> History:
    freezer.move_to("2026-03-10T12:00:00Z")
    return History(hass, started)


async def rows(hass: HomeAssistant, statistic_id: str = ONE) -> list[tuple[datetime, float, float]]:
    """Start, state and sum."""
    await async_wait_recording_done(hass)

    def read() -> Any:  # noqa: ANN401
        first = at("2026-01-01T00:00:00Z")
        return statistics_during_period(
            hass, first, None, {statistic_id}, "hour", None, {"state", "sum"}
        )

    found = await get_instance(hass).async_add_executor_job(read)
    return [
        (dt_util.utc_from_timestamp(row["start"]), row["state"], row["sum"])
        for row in found.get(statistic_id, [])
    ]


async def sums(hass: HomeAssistant) -> list[tuple[float, float]]:
    return [(state, total) for _, state, total in await rows(hass)]


async def test_hours_of_all_months_are_added_up(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    hours.kwh = {"2026-02": [1.0, 2.0], "2026-03": [4.0]}
    await history.follow()
    assert hours.asked == [
        *(f"2025-{month:02}" for month in range(4, 13)),
        *("2026-01", "2026-02", "2026-03"),
    ]
    first, second, third = await rows(hass)
    assert first == (at("2026-02-01T05:00:00Z"), 1.0, 1.0)
    assert second == (at("2026-02-01T06:00:00Z"), 2.0, 3.0)
    assert third == (at("2026-03-01T05:00:00Z"), 4.0, 7.0)
    (known,) = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass, {ONE})
    assert (known["statistic_id"], known["name"]) == (ONE, "Customer One")
    assert (known["has_sum"], known["statistics_unit_of_measurement"]) == (True, "kWh")


async def test_each_hour_the_running_month_is_asked_for_and_each_day_the_last_one(
    hass: HomeAssistant, history: History, hours: Hours, freezer: FrozenDateTimeFactory
) -> None:
    hours.kwh = {"2026-03": [1.0]}
    await history.follow()
    await async_wait_recording_done(hass)
    hours.asked.clear()
    hours.kwh["2026-03"].append(2.0)
    await history.follow()
    assert hours.asked == ["2026-03"]
    assert await sums(hass) == [(1.0, 1.0), (2.0, 3.0)]
    hours.asked.clear()
    freezer.tick(timedelta(days=1))
    await history.follow()
    assert hours.asked == ["2026-02", "2026-03"]
    freezer.move_to("2026-04-01T05:06:00Z")  # the last hour of March is told in April
    hours.asked.clear()
    history._whole = dt_util.utcnow()
    await history.follow()
    assert hours.asked == ["2026-03", "2026-04"]


async def test_after_a_long_outage_all_that_is_missing_is_imported(
    hass: HomeAssistant,
    history: History,
    hours: Hours,
    freezer: FrozenDateTimeFactory,
    started: MockConfigEntry,
) -> None:
    hours.kwh = {"2026-02": [1.0, 1.0]}
    await history.follow()
    await async_wait_recording_done(hass)
    freezer.move_to("2026-06-10T12:00:00Z")
    hours.kwh |= {"2026-03": [2.0], "2026-05": [3.0]}
    hours.starts["2026-05"] = "2026-05-01T04:00:00Z"
    hours.asked.clear()
    await History(hass, started).follow()
    assert hours.asked == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    assert await sums(hass) == [(1.0, 1.0), (1.0, 2.0), (2.0, 4.0), (3.0, 7.0)]


async def test_what_was_corrected_corrects_all_sums_after_it_and_nothing_before(
    hass: HomeAssistant, history: History, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours.kwh = {"2026-02": [1.0], "2026-03": [1.0, 0.0, 1.0]}
    await history.follow()
    await async_wait_recording_done(hass)
    written: list[int] = []
    add = "custom_components.bcm_mqtt.statistics.async_add_external_statistics"

    def noted(home: HomeAssistant, metadata: StatisticMetaData, items: list[Any]) -> None:
        written.append(len(items))
        async_add_external_statistics(home, metadata, items)

    monkeypatch.setattr(add, noted)
    await history.update(["2026-03"])
    assert written == []
    hours.kwh["2026-03"][1] = 5.0
    await history.update(["2026-03"])
    assert written == [2]
    assert await sums(hass) == [(1.0, 1.0), (1.0, 2.0), (5.0, 7.0), (1.0, 8.0)]


async def test_hours_that_are_somebody_elses_now_become_nothing(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    hours.kwh = {"2026-03": [1.0, 2.0]}
    await history.update(["2026-03"])
    await async_wait_recording_done(hass)
    hours.customers = ("customer2",)
    await history.update(["2026-03"])
    assert await sums(hass) == [(0.0, 0.0), (0.0, 0.0)]
    other = await rows(hass, "bcm_mqtt:dc1_customer2_energy")
    assert [total for *_, total in other] == [1.0, 3.0]


async def test_the_hour_that_two_months_share_has_both_parts_and_keeps_them(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    site = {"id": "dc1", "name": "Data Center 1", "time_zone": "Asia/Kolkata"}
    publish(hass, "bridge/dc1/info", info(site=site))
    # The first hour of the first month has a part in January.
    hours.kwh = {"2026-02": [9.0, 1.0, 0.25], "2026-03": [0.5, 2.0]}
    hours.starts = {"2026-02": "2026-02-28T16:00:00Z", "2026-03": "2026-02-28T18:00:00Z"}
    await history.update(["2026-02", "2026-03"])
    assert await sums(hass) == [(1.0, 1.0), (0.75, 1.75), (2.0, 3.75)]
    hours.kwh["2026-03"][1] = 3.0
    await history.update(["2026-03"])
    assert await sums(hass) == [(1.0, 1.0), (0.75, 1.75), (3.0, 4.75)]


async def test_a_site_without_customers_has_none(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    await history.follow()
    assert await rows(hass) == []


async def test_billing_that_does_not_answer_is_asked_again_an_hour_later(
    hass: HomeAssistant, history: History, hours: Hours, billing: Billing
) -> None:
    billing.answers[HOURS] = lambda _: {"status": "error", "error": "busy"}
    await history.follow()
    assert await rows(hass) == []
    billing.answers[HOURS] = hours._answer
    hours.kwh = {"2026-03": [1.0]}
    await history.follow()
    assert len(hours.asked) == 12
    assert await sums(hass) == [(1.0, 1.0)]


async def test_one_import_at_a_time(hass: HomeAssistant, history: History, hours: Hours) -> None:
    history._busy = True
    await history.follow()
    assert hours.asked == []


async def test_it_begins_by_itself_soon_after_the_start(
    recorder_mock: object,
    hass: HomeAssistant,
    hours: Hours,
    started: MockConfigEntry,
    billing: Billing,
) -> None:
    running = dt_util.now(await dt_util.async_get_time_zone("America/New_York"))
    month = running.strftime("%Y-%m")
    hours.kwh = {month: [1.0]}
    begun = running.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    hours.starts[month] = begun.isoformat()
    await billing.later(timedelta(seconds=6))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hours.asked[-1] == month
    assert len(hours.asked) == 12


@pytest.mark.parametrize("wanted", [True, False])
async def test_newer_versions_are_told_the_class_of_the_unit_and_older_ones_stumble_over_it(
    hass: HomeAssistant, history: History, monkeypatch: pytest.MonkeyPatch, *, wanted: bool
) -> None:
    annotations = StatisticMetaData.__annotations__.copy()
    annotations.pop("unit_class", None)
    if wanted:
        annotations["unit_class"] = str
    monkeypatch.setattr(StatisticMetaData, "__annotations__", annotations)
    metadata = history._metadata(ONE, "One")
    assert metadata.get("unit_class") == ("energy" if wanted else None)
    assert metadata["mean_type"] == 0


def test_every_customer_has_an_id_of_its_own() -> None:
    customers = ["a", "A", "a b", "a/b", "a_b", "Zürich", "zurich", "", "."]
    found = [statistic_id_of("dc1", customer) for customer in customers]
    assert len(set(found)) == len(customers)
    assert found[0] == "bcm_mqtt:dc1_a_energy"
