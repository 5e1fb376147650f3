"""A bridge's alarms: what raises them, what is published, what an operator does, what is kept."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.bridge.alarms import Alarms
from bcm_mqtt.bridge.circuits import CircuitTopics
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.alarms.own_limits import OwnLimits
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.mqtt.payloads import AlarmSelection
from bcm_mqtt.mqtt.topics import Topics
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock, snapshot
from unit.site_files import write_site

POLL_S = 15


@dataclass
class Watched:
    """A site whose panels are polled by hand."""

    settings: Settings
    client: NotingClient = field(default_factory=NotingClient)
    clock: SetClock = field(default_factory=SetClock)

    def __post_init__(self) -> None:
        self.directory = FollowedDirectory(self.settings, self.clock)
        self.circuits = CircuitTopics(Topics())
        self.start()

    def start(self) -> None:
        """As after a restart of the bridge."""
        self.alarms = Alarms(
            self.settings,
            self.client,  # type: ignore[arg-type]
            self.directory,
            self.clock,
        )

    def poll(
        self,
        amps: dict[int, float] | None,
        panel: str = "rpp-1a",
        watts: dict[int, float] | None = None,
    ) -> None:
        """One poll: amps by pole, the others 0; None where the panel does not answer.

        And watts by pole, where its meters measure power.
        """
        current = [0 if amps is not None else None] * 48
        for pole, value in (amps or {}).items():
            current[pole - 1] = round(value * 1000)
        polled = snapshot(self.clock(), current, panel_id=panel)
        if watts is not None:
            power = tuple(round(watts.get(pole, 0) * 1000) for pole in range(1, 49))
            polled = replace(polled, power=power)
        _, circuits, load_of_main = self.circuits.of(self.directory.panels[panel], polled)
        self.alarms.read(polled, circuits, load_of_main)
        self.clock.advance(POLL_S)

    def alarm(self, topic: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.client.text(f"bcm/rpp-1a/{topic}"))
        return found

    def state(self, topic: str = "circuit/1/alarm") -> str:
        return str(self.alarm(topic)["state"])


MakeSite = Callable[..., Watched]


@pytest.fixture
def site(tmp_path: Path) -> MakeSite:
    def make(*changes: tuple[str, str]) -> Watched:
        main = write_site(tmp_path)
        text = main.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        main.write_text(text)
        return Watched(load(main, environment={}))

    return make


def test_an_overload_is_told_as_on_or_off_and_as_an_alarm(site: MakeSite) -> None:
    watched = site()
    watched.poll({1: 10})
    assert watched.client.text("bcm/rpp-1a/circuit/1/overload") == "OFF"
    assert watched.state() == "normal"
    watched.poll({1: 17})
    assert watched.client.text("bcm/rpp-1a/circuit/1/overload") == "OFF"
    watched.poll({1: 17})
    assert watched.client.text("bcm/rpp-1a/circuit/1/overload") == "ON"
    assert watched.alarm("circuit/1/alarm") == {
        "v": 1,
        "panel": "rpp-1a",
        "pole": 1,
        "kind": "overload",
        "state": "unacknowledged",
        "active": True,
        "severity": "warning",
        "loading": 85.0,
        "limit": 80.0,
        "since": "2026-11-20T12:00:30.000Z",
        "until": None,
        "changed": "2026-11-20T12:00:30.000Z",
        "by": "",
        "warning": 80.0,
        "critical": 100.0,
    }
    assert watched.client.flags("bcm/rpp-1a/circuit/1/alarm") == (1, True)
    assert watched.client.flags("bcm/rpp-1a/circuit/1/overload") == (1, True)


def test_a_critical_alarm_names_the_limit_that_it_is_beyond(site: MakeSite) -> None:
    watched = site()
    watched.poll({1: 21})
    watched.poll({1: 21})
    alarm = watched.alarm("circuit/1/alarm")
    assert (alarm["severity"], alarm["limit"], alarm["loading"]) == ("critical", 100.0, 105.0)


def test_an_alarm_is_published_when_it_changes_and_not_with_every_poll(site: MakeSite) -> None:
    watched = site()
    for _ in range(20):
        watched.poll({1: 17})
    assert watched.client.topics().count("bcm/rpp-1a/circuit/1/alarm") == 2


def test_a_breaker_rated_for_all_of_its_current_is_warned_of_above_it(site: MakeSite) -> None:
    watched = site(("main_rating: 225", "main_rating: 225, fully_rated: [1, main]"))
    for _ in range(3):
        watched.poll({1: 19, 3: 25, 5: 25})
    assert watched.state() == "normal"
    assert watched.state("circuit/3/alarm") == "unacknowledged"  # 25 of 30 A, an ordinary one
    for _ in range(2):
        watched.poll({1: 20.1})
    assert watched.alarm("circuit/1/alarm")["severity"] == "critical"


def test_the_limits_can_be_set(site: MakeSite) -> None:
    limits = "alarms: {warning: 50, critical: 60, deadband: 10, on_delay: 1, off_delay: 2}\nmqtt:"
    watched = site(("mqtt:", limits))
    watched.poll({1: 11})
    assert watched.alarm("circuit/1/alarm")["severity"] == "warning"
    watched.poll({1: 8})
    assert watched.alarm("circuit/1/alarm")["active"]
    watched.poll({1: 8})
    assert not watched.alarm("circuit/1/alarm")["active"]


def test_a_circuit_without_readings_is_an_alarm_of_its_own(site: MakeSite) -> None:
    watched = site()
    silent = snapshot(NOON, [None, *[0] * 47])
    for _ in range(2):
        _, circuits, of_main = watched.circuits.of(watched.directory.panels["rpp-1a"], silent)
        watched.alarms.read(silent, circuits, of_main)
    alarm = watched.alarm("circuit/1/no_data_alarm")
    assert (alarm["state"], alarm["loading"], alarm["limit"]) == ("unacknowledged", None, None)
    assert watched.state("circuit/7/no_data_alarm") == "normal"
    assert watched.state("main/no_data_alarm") == "normal"
    watched.poll({})
    assert watched.state("circuit/1/no_data_alarm") == "returned_unacknowledged"


def test_a_panel_that_does_not_answer_is_one_alarm_and_not_one_per_circuit(site: MakeSite) -> None:
    watched = site()
    watched.poll({})
    for _ in range(2):
        watched.poll(None)
    assert watched.state("main/no_data_alarm") == "unacknowledged"
    assert watched.state("circuit/1/no_data_alarm") == "normal"


def test_losing_the_readings_neither_ends_nor_begins_an_overload(site: MakeSite) -> None:
    watched = site()
    for amps in ({1: 19.0}, {1: 19.0}, None, None, None):
        watched.poll(amps)
    assert watched.alarm("circuit/1/alarm")["active"]


def test_the_main_has_alarms_of_load_imbalance_and_neutral(site: MakeSite) -> None:
    watched = site()
    for _ in range(2):
        watched.poll(dict.fromkeys((1, 2, 7, 8, 13, 14, 19, 20, 25, 26), 19.0))  # all phase A
    assert watched.alarm("main/alarm")["loading"] == 84.4  # 190 of 225 A
    assert watched.alarm("main/imbalance_alarm")["loading"] == 200.0
    assert watched.client.text("bcm/rpp-1a/main/overload") == "ON"
    assert watched.state("main/neutral_alarm") == "normal"  # 38 A of line-neutral circuits 1, 7
    for _ in range(2):
        watched.poll({1: 200.0})
    assert watched.alarm("main/neutral_alarm")["loading"] == 88.9  # 200 of 225 A


def test_an_imbalance_that_is_too_small_to_matter_ends_its_alarm(site: MakeSite) -> None:
    watched = site()
    for amps in (100.0, 100.0, 5.0):
        watched.poll({1: amps})
    assert not watched.alarm("main/imbalance_alarm")["active"]


def test_a_panel_without_a_main_rating_has_no_alarms_of_the_main(site: MakeSite) -> None:
    watched = site()
    watched.poll({}, panel="rpp-1b")
    told = {topic for topic in watched.client.topics() if "rpp-1b/main" in topic}
    assert told == {"bcm/rpp-1b/main/no_data_alarm"}


PAIR = (
    ("main_rating: 225}", "main_rating: 225, feed: A, redundant_with: rpp-1b}"),
    ("poles: 12}", "poles: 48, main_rating: 200, feed: B, redundant_with: rpp-1a}"),
)


def test_a_redundant_pair_is_judged_by_what_the_survivor_would_carry(site: MakeSite) -> None:
    watched = site(*PAIR)
    for _ in range(2):
        watched.poll({1: 70.0}, panel="rpp-1b")
        watched.poll({2: 91.0})
    pair, share = (
        watched.alarm("main/redundancy_alarm"),
        watched.alarm("main/redundant_share_alarm"),
    )
    assert (pair["loading"], pair["limit"], pair["severity"]) == (80.5, 80.0, "warning")
    assert (share["loading"], share["limit"]) == (45.5, 40.0)  # 91 of the smaller 200 A
    for _ in range(2):
        watched.poll({1: 110.0}, panel="rpp-1b")
        watched.poll({2: 91.0})
    assert watched.alarm("main/redundancy_alarm")["severity"] == "critical"


def test_a_redundant_pair_is_not_judged_by_a_reading_that_is_over(site: MakeSite) -> None:
    watched = site(*PAIR)
    watched.poll({1: 150.0}, panel="rpp-1b")
    watched.clock.advance(60)
    watched.poll({1: 150.0})
    watched.poll({1: 150.0})
    assert "bcm/rpp-1a/main/redundancy_alarm" not in watched.client.topics()


def acknowledge(
    watched: Watched,
    panel: str | None = None,
    pole: int | None = None,
    kind: AlarmKind | None = None,
) -> int:
    (keys,) = watched.alarms.named([AlarmSelection(panel, pole, kind)])
    watched.alarms.change(Alarm.acknowledged, keys, "ann")
    return len(keys)


def shelve(watched: Watched, until: datetime) -> None:
    """All alarms of circuit 1."""
    (keys,) = watched.alarms.named([AlarmSelection("rpp-1a", 1)])
    watched.alarms.change(lambda alarm: alarm.shelved(until), keys, "ann")


def test_who_changed_an_alarm_and_when_is_published_and_outlives_a_restart(
    site: MakeSite,
) -> None:
    watched = site()
    for _ in range(2):
        watched.poll({1: 19.0})
    acknowledge(watched, panel="rpp-1a", pole=1)
    changed = "2026-11-20T12:00:30.000Z"
    assert watched.alarm("circuit/1/alarm")["changed"] == changed
    assert watched.alarm("circuit/1/alarm")["by"] == "ann"
    watched.alarms.save()
    watched.client.sent.clear()
    watched.start()
    watched.alarms.everything_again()
    assert watched.alarm("circuit/1/alarm")["changed"] == changed
    assert watched.alarm("circuit/1/alarm")["by"] == "ann"
    watched.poll({1: 1.0})
    assert watched.alarm("circuit/1/alarm")["by"] == ""


def test_what_is_only_seen_is_one_message_and_what_turns_on_or_off_is_two(
    site: MakeSite,
) -> None:
    watched = site()

    def topics() -> list[str]:
        sent = [topic for topic, *_ in watched.client.sent if "/circuit/1/" in topic]
        watched.client.sent.clear()
        return [topic.rpartition("/")[2] for topic in sent if "data" not in topic]

    for _ in range(2):
        watched.poll({1: 19.0})
    assert topics() == ["alarm", "overload"] * 2  # new, and on
    acknowledge(watched, panel="rpp-1a", pole=1)
    assert topics() == ["alarm"]
    watched.poll({1: 1.0})
    assert topics() == ["alarm", "overload"]
    watched.alarms.everything_again()
    assert topics() == ["alarm", "overload"]


def test_an_operator_acknowledges_one_alarm_or_all_of_a_panel(site: MakeSite) -> None:
    watched = site()
    for _ in range(2):
        watched.poll({1: 19.0, 7: 19.0})
    assert acknowledge(watched, panel="rpp-1a", pole=1, kind=AlarmKind.OVERLOAD) == 1
    assert (watched.state(), watched.state("circuit/7/alarm")) == (
        "acknowledged",
        "unacknowledged",
    )
    assert acknowledge(watched, panel="rpp-1a") > 3
    assert watched.state("circuit/7/alarm") == "acknowledged"


def test_an_alarm_that_is_not_there_is_found_zero_times(site: MakeSite) -> None:
    assert acknowledge(site(), panel="rpp-1a", pole=41) == 0
    assert acknowledge(site(), panel="rpp-1b", pole=MAIN, kind=AlarmKind.OVERLOAD) == 0


def test_a_shelved_alarm_comes_back_when_its_time_is_over(site: MakeSite) -> None:
    watched = site()
    until = watched.clock() + timedelta(hours=1)
    shelve(watched, until)
    for _ in range(2):
        watched.poll({1: 19.0})
    assert watched.state() == "shelved"
    assert watched.client.text("bcm/rpp-1a/circuit/1/overload") == "ON"  # which is a fact
    watched.clock.advance(3600)
    watched.alarms.pass_time()
    assert watched.state() == "unacknowledged"


@pytest.mark.parametrize("step_s", [-86_400, -1, 1, 3600, 691_200, 3e8])
def test_a_shelved_alarm_stays_for_as_long_as_was_requested_whatever_the_clock_is_set_to(
    site: MakeSite, step_s: float
) -> None:
    watched = site()
    until = watched.clock() + timedelta(hours=1)
    shelve(watched, until)
    for _ in range(2):
        watched.poll({1: 19.0})
    watched.clock.set_by(step_s)
    watched.alarms.clock_was_set(timedelta(seconds=step_s))
    watched.clock.advance(3500)
    watched.alarms.pass_time()
    assert watched.state() == "shelved"
    assert watched.alarm("circuit/1/alarm")["until"] == to_text(until + timedelta(seconds=step_s))
    watched.clock.advance(100)
    watched.alarms.pass_time()
    assert watched.state() == "unacknowledged"


def test_an_alarm_shelved_by_an_earlier_run_comes_back_at_its_time(site: MakeSite) -> None:
    """The clock began in 1970, as that of a host without a battery, and was set right."""
    watched = site()
    until = watched.clock() + timedelta(hours=8)
    shelve(watched, until)
    watched.alarms.save()
    step_s = 1.7e9
    watched.clock.now -= timedelta(seconds=step_s)
    watched.start()
    watched.clock.set_by(step_s)
    watched.alarms.clock_was_set(timedelta(seconds=step_s))
    watched.poll({1: 10.0})
    assert watched.alarm("circuit/1/alarm")["until"] == to_text(until)
    watched.clock.advance(8 * 3600)
    watched.alarms.pass_time()
    assert watched.state() == "normal"


def test_the_alarms_states_are_kept_over_a_restart(site: MakeSite) -> None:
    watched = site()
    for _ in range(2):
        watched.poll({1: 19.0, 7: 19.0})
    acknowledge(watched, pole=1)
    watched.alarms.save()
    watched.client.sent.clear()
    watched.start()
    watched.alarms.everything_again()
    assert watched.state() == "acknowledged"
    assert watched.alarm("circuit/1/alarm")["since"] == "2026-11-20T12:00:15.000Z"
    watched.poll({1: 19.0, 7: 19.0})
    assert watched.state("circuit/7/alarm") == "unacknowledged"
    watched.poll({1: 10.0})
    assert watched.state() == "normal"


def test_a_damaged_file_of_alarms_is_told_and_begins_anew(
    site: MakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    watched = site()
    for text in ("{", '[{"panel": "rpp-1a"}]', "7", '[{"panel": "rpp-1a", "pole": "x"}]'):
        (watched.settings.bridge.data / "alarms.json").parent.mkdir(exist_ok=True)
        (watched.settings.bridge.data / "alarms.json").write_text(text)
        caplog.clear()
        watched.start()
        assert "all alarms start again" in caplog.text
        aside = [*watched.settings.bridge.data.glob("alarms.json.damaged-*")]
        assert [one.read_text() for one in aside] == [text]
        aside[0].unlink()


@pytest.mark.parametrize("row", ["rpp-1a,3,other,20,", "rpp-1a,1,no rating,,"])
def test_a_circuit_that_is_gone_or_has_no_rating_any_more_has_no_overload(
    site: MakeSite, row: str
) -> None:
    watched = site()
    for _ in range(2):
        watched.poll({1: 19.0})
    write_site(watched.settings.file.parent, circuits=[row])
    asyncio.run(watched.directory.read())
    watched.alarms.everything_again()
    assert watched.client.text("bcm/rpp-1a/circuit/1/alarm") == ""
    assert watched.client.text("bcm/rpp-1a/circuit/1/overload") == ""


def test_while_the_broker_is_away_nothing_is_published_and_all_of_it_later(site: MakeSite) -> None:
    watched = site()
    watched.client.connected = False
    for _ in range(2):
        watched.poll({1: 19.0})
    assert watched.client.sent == []
    watched.client.connected = True
    watched.alarms.everything_again()
    assert watched.state() == "unacknowledged"


def test_power_that_runs_backwards_is_an_alarm_of_the_wiring(site: MakeSite) -> None:
    watched = site()
    for _ in range(3):
        watched.poll({1: 8}, watts={1: -960})
    assert watched.state("circuit/1/wiring_alarm") == "unacknowledged"
    watched.poll({1: 8}, watts={1: 960})
    assert watched.state("circuit/1/wiring_alarm") == "returned_unacknowledged"


def test_a_panel_that_measures_no_power_has_no_alarm_of_the_wiring(site: MakeSite) -> None:
    watched = site()
    watched.poll({1: 8})
    assert "bcm/rpp-1a/circuit/1/wiring_alarm" not in watched.client.topics()


LIMITS = """alarms:
  customers: {Customer2: {warning: 70, critical: 90}}
  circuits: {"rpp-1a:1": {warning: 60}}
gateways:"""


def test_a_circuit_has_its_own_limits_or_its_customers_or_the_sites(site: MakeSite) -> None:
    watched = site(("gateways:", LIMITS))
    for _ in range(2):
        watched.poll({1: 13.0, 3: 22.5, 7: 15.0})  # 65 %, 75 % and 75 % of the ratings
    found = {pole: watched.alarm(f"circuit/{pole}/alarm") for pole in (1, 3, 7)}
    assert {pole: one["active"] for pole, one in found.items()} == {1: True, 3: True, 7: False}
    assert {pole: (one["warning"], one["critical"]) for pole, one in found.items()} == {
        1: (60.0, 100.0),
        3: (70.0, 90.0),
        7: (80.0, 100.0),
    }
    assert watched.alarm("main/alarm")["warning"] == 80.0


def test_a_circuit_that_becomes_another_customers_has_the_limits_of_that_one(
    site: MakeSite,
) -> None:
    watched = site(("gateways:", LIMITS))
    watched.poll({7: 15.0})
    before = watched.directory.panels["rpp-1a"]
    versions = tuple(
        replace(one, customer="Customer2") if one.first_pole == 7 else one
        for one in before.versions
    )
    watched.directory.panels["rpp-1a"] = replace(before, versions=versions)
    for _ in range(2):
        watched.poll({7: 15.0})
    assert watched.alarm("circuit/7/alarm")["limit"] == 70.0
    watched.alarms.save()
    watched.start()  # what has not been read yet is published with its limits, too
    watched.alarms.everything_again()
    assert watched.alarm("circuit/7/alarm")["warning"] == 70.0


def test_limits_that_are_set_anew_hold_from_the_next_poll_on(site: MakeSite) -> None:
    watched = site()
    watched.poll({7: 15.0})
    settings = watched.settings
    limits = replace(settings.alarms, circuits={("rpp-1a", 7): OwnLimits(70)})
    watched.alarms.take(replace(settings, alarms=limits))
    for _ in range(2):
        watched.poll({7: 15.0})
    assert watched.alarm("circuit/7/alarm")["limit"] == 70.0
