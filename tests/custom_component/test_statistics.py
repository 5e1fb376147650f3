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
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from published import Billing, at, info, publish
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.bcm_mqtt.series import Series, cost_id, energy_id, metadata_of
from custom_components.bcm_mqtt.statistics import History

HOURS = "bcm/billing/request/hours"
ONE = "bcm_mqtt:dc1_customer1_20b7d2_energy"
COST = "bcm_mqtt:dc1_customer1_20b7d2_cost_usd"
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
        self.price: float | None = None
        self.currency = "USD"
        self.refused: dict[str, str] = {}
        self.asked: list[str] = []
        billing.answers[HOURS] = self._answer

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        month = body["month"]
        self.asked.append(month)
        if error := self.refused.get(month):
            return {"status": "error", "error": error}
        hours = self.kwh.get(month)
        one = {"name": self.name, "start": self.starts.get(month), "kwh": hours}
        if hours and self.price:
            costs = [kwh * self.price for kwh in hours]
            one |= {"currency": self.currency, "cost": costs}
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


async def sums(hass: HomeAssistant, statistic_id: str = ONE) -> list[tuple[float, float]]:
    return [(state, total) for _, state, total in await rows(hass, statistic_id)]


async def listed(hass: HomeAssistant) -> dict[str, tuple[str, str]]:
    """Name and unit by id."""
    found = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    return {
        item["statistic_id"]: (item["name"], item["statistics_unit_of_measurement"])
        for item in found
        if item["source"] == "bcm_mqtt"
    }


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
    assert await listed(hass) == {ONE: ("Customer One", "kWh")}


async def test_cost_is_a_statistic_of_its_own_in_each_currency(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    hours.kwh, hours.price = {"2026-02": [1.0, 2.0], "2026-03": [4.0]}, 0.125
    await history.follow()
    assert await sums(hass, COST) == [(0.125, 0.125), (0.25, 0.375), (0.5, 0.875)]
    assert await sums(hass) == [(1.0, 1.0), (2.0, 3.0), (4.0, 7.0)]
    assert (await listed(hass))[COST] == ("Customer One cost", "USD")
    hours.price, hours.currency = 0.25, "EUR"
    await history.update(["2026-03"])
    assert await sums(hass, COST) == [(0.125, 0.125), (0.25, 0.375), (0.0, 0.375)]
    assert await sums(hass, COST.replace("usd", "eur")) == [(1.0, 1.0)]


async def test_a_month_that_is_refused_is_skipped_and_told_and_asked_for_again(
    hass: HomeAssistant,
    history: History,
    hours: Hours,
    started: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hours.kwh = {"2026-02": [1.0, 2.0], "2026-03": [4.0]}
    hours.refused = {"2025-12": "tariff standard has no rate from 2025-12-01 00:00 on"}
    await history.follow()
    assert await sums(hass) == [(1.0, 1.0), (2.0, 3.0), (4.0, 7.0)]
    assert list(started.runtime_data.data.without_hours) == ["2025-12"]
    hours.asked.clear()
    await history.follow()
    assert hours.asked == ["2025-12", "2026-03"]
    await history.follow()
    (told,) = [record for record in caplog.records if record.name == "custom_components.bcm_mqtt"]
    assert (told.levelname, told.message) == (
        "WARNING",
        "Statistics of Data Center 1 lack 2025-12: Refused: " + hours.refused["2025-12"],
    )
    hours.refused.clear()
    caplog.set_level("INFO", "custom_components.bcm_mqtt")
    await history.follow()
    assert started.runtime_data.data.without_hours == {}
    assert "Statistics of Data Center 1 are complete again" in caplog.messages


async def test_a_month_that_is_refused_later_keeps_its_hours_and_all_sums_after_it(
    hass: HomeAssistant, history: History, hours: Hours
) -> None:
    hours.kwh = {"2026-01": [1.0], "2026-02": [1.0, 2.0], "2026-03": [4.0]}
    hours.starts["2026-01"] = "2026-01-01T05:00:00Z"
    await history.follow()
    await async_wait_recording_done(hass)
    hours.refused = {"2026-02": "no"}
    hours.kwh = {"2026-01": [3.0], "2026-03": [5.0]}
    await history.update(["2026-01", "2026-02", "2026-03"])
    assert await sums(hass) == [(3.0, 3.0), (1.0, 4.0), (2.0, 6.0), (5.0, 11.0)]
    await history.update(["2026-01", "2026-03"])  # one that was not asked for is kept as well
    assert await sums(hass) == [(3.0, 3.0), (1.0, 4.0), (2.0, 6.0), (5.0, 11.0)]
    hours.kwh, hours.refused = {}, {}  # as a database that was begun anew knows nothing
    await history.update(["2026-01", "2026-02", "2026-03"])
    assert await sums(hass) == [(3.0, 3.0), (1.0, 4.0), (2.0, 6.0), (5.0, 11.0)]


async def test_an_import_that_ends_with_a_fault_is_begun_again(
    hass: HomeAssistant, history: History, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours.kwh = {"2026-03": [1.0]}

    async def fails(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr(history._statistics, "write", fails)
        with pytest.raises(OSError, match="disk"):
            await history.follow()
    assert history.incomplete
    hours.asked.clear()
    await history.follow()
    assert len(hours.asked) == 12
    assert await sums(hass) == [(1.0, 1.0)]


async def test_an_answer_that_cannot_be_read_is_a_month_that_is_missing(
    hass: HomeAssistant, history: History, hours: Hours, started: MockConfigEntry
) -> None:
    hours.kwh = {"2026-02": [1.0], "2026-03": [4.0]}
    hours.starts["2026-02"] = "yesterday"
    await history.follow()
    assert await sums(hass) == [(4.0, 4.0)]
    assert "yesterday" in started.runtime_data.data.without_hours["2026-02"]


async def test_a_month_that_the_recorder_refuses_is_told(
    hass: HomeAssistant, history: History, hours: Hours, started: MockConfigEntry
) -> None:
    hours.kwh, hours.starts["2026-03"] = {"2026-03": [4.0]}, "2026-03-01T05:30:00Z"
    await history.follow()
    assert started.runtime_data.data.without_hours["2026-03"].startswith("Invalid timestamp")


async def test_the_statistics_of_another_site_are_not_touched(
    hass: HomeAssistant, history: History, hours: Hours, billing: Billing
) -> None:
    other = MockConfigEntry(
        domain="bcm_mqtt", title="Other", data={"base_topic": "bcm", "bridge": "b"}, options={}
    )
    other.add_to_hass(hass)
    site = {"id": "dc1_north", "name": "North", "time_zone": "America/New_York"}
    billing.retain("bcm/bridge/b/info", info(bridge="b", site=site))
    assert await hass.config_entries.async_setup(other.entry_id)
    hours.kwh = {"2026-03": [1.0]}
    await History(hass, other).update(["2026-03"])
    await async_wait_recording_done(hass)
    hours.kwh["2026-03"] = [2.0]
    await history.update(["2026-03"])
    assert await sums(hass) == [(2.0, 2.0)]
    assert await sums(hass, ONE.replace("dc1", "dc1_north")) == [(1.0, 1.0)]
    await hass.config_entries.async_unload(other.entry_id)


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
    await History(hass, started).follow()
    assert await sums(hass) == [(1.0, 1.0), (1.0, 2.0), (2.0, 4.0), (3.0, 7.0)]


async def test_what_was_corrected_corrects_all_sums_after_it_and_nothing_before(
    hass: HomeAssistant, history: History, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours.kwh = {"2026-02": [1.0], "2026-03": [1.0, 0.0, 1.0]}
    await history.follow()
    await async_wait_recording_done(hass)
    written: list[int] = []
    add = "custom_components.bcm_mqtt.series.async_add_external_statistics"

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
    hours.kwh = {"2026-02": [1.0, 0.25], "2026-03": [0.5, 2.0]}
    hours.starts = {"2026-02": "2026-02-28T17:00:00Z", "2026-03": "2026-02-28T18:00:00Z"}
    await history.update(["2026-03"])  # of its first hour February's part is unknown
    assert await sums(hass) == [(2.0, 2.0)]
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


async def test_billing_that_does_not_answer_is_asked_once_and_for_all_months_again(
    hass: HomeAssistant,
    history: History,
    hours: Hours,
    started: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    coordinator, asked = started.runtime_data, []

    async def nobody(_action: str, body: dict[str, str], _within_s: float) -> None:
        asked.append(body["month"])
        said = {"seconds": "120", "topic": HOURS}
        raise HomeAssistantError(
            translation_domain="bcm_mqtt",
            translation_key="no_answer",
            translation_placeholders=said,
        )

    with monkeypatch.context() as patched:
        patched.setattr(coordinator, "ask_billing", nobody)
        await history.follow()
    assert (await rows(hass), asked, history.incomplete) == ([], ["2025-04"], True)
    missing = coordinator.data.without_hours
    assert (len(missing), missing["2025-04"]) == (12, f"Nobody answered on {HOURS} within 120 s")
    hours.kwh = {"2026-03": [1.0]}
    await history.follow()
    assert (len(hours.asked), history.incomplete) == (12, False)
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


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether billing gave all months, whenever it was asked: not before the third time."""
    found: list[bool] = []

    async def follow(history: History) -> None:
        found.append(len(found) >= 2)
        history.incomplete = not found[-1]

    monkeypatch.setattr(History, "follow", follow)
    return found


async def test_what_is_missing_is_asked_for_every_five_minutes_and_else_every_hour(
    recorder_mock: object, hass: HomeAssistant, followed: list[bool], started: MockConfigEntry
) -> None:
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    times = []
    for minutes in (1, 6, 11, 16, 61, 66):
        async_fire_time_changed(hass, hour + timedelta(minutes=minutes))
        await hass.async_block_till_done(wait_background_tasks=True)
        times.append(len(followed))
    # Soon after the start, then at these minutes; once nothing is missing 11 past is nothing.
    assert times == [2, 3, 3, 3, 3, 4]


@pytest.mark.parametrize("wanted", [True, False])
def test_newer_versions_are_told_the_class_of_the_unit_and_older_ones_stumble_over_it(
    monkeypatch: pytest.MonkeyPatch, *, wanted: bool
) -> None:
    annotations = StatisticMetaData.__annotations__.copy()
    annotations.pop("unit_class", None)
    if wanted:
        annotations["unit_class"] = str
    monkeypatch.setattr(StatisticMetaData, "__annotations__", annotations)
    energy = metadata_of(ONE, Series.of_energy("One"))
    cost = metadata_of(COST, Series.of_cost("One", "USD"))
    assert ("unit_class" in energy, "unit_class" in cost) == (wanted, wanted)
    assert (energy.get("unit_class"), cost.get("unit_class")) == (
        "energy" if wanted else None,
        None,
    )
    assert (energy["mean_type"], cost["mean_type"]) == (0, 0)


def test_every_customer_has_an_id_of_its_own() -> None:
    customers = ["a", "A", "a b", "a/b", "a_b", "Zürich", "zurich", "", "."]
    found = [energy_id("dc1", customer) for customer in customers]
    found += [cost_id("dc1", customer, "USD") for customer in customers]
    assert len(set(found)) == 2 * len(customers)
    assert found[0] == "bcm_mqtt:dc1_a_energy"
    assert found[len(customers)] == "bcm_mqtt:dc1_a_cost_usd"
