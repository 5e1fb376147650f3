"""Overload to mail and to relay, in a real Node-RED: one overload makes exactly one action."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.domain.reading.alarm import Alarm, AlarmState, Limits, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.payloads import encode_alarm, encode_circuit
from bcm_mqtt.mqtt.topics import Topics
from peers.mail_server import MailBox
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.node_red import NodeRed
from peers.process import wait_until
from peers.site import Site
from unit.builders import NOON, QUARTER, circuit

pytestmark = pytest.mark.node_red

TOPICS = Topics()
LIMITS = Limits(warning=80, critical=100, deadband=5)
OVERLOADED = Alarm(AlarmState.UNACKNOWLEDGED, Severity.WARNING, NOON, 85.0)
OVER = Alarm(AlarmState.RETURNED, Severity.NONE, NOON + QUARTER, 60.0)


class Room:
    """Broker, mail server and Node-RED with both flows, and what they have done so far."""

    def __init__(self, folder: Path, running: ExitStack) -> None:
        self.folder = folder
        kept = f"allow_anonymous true\npersistence true\npersistence_location {folder}/\n"
        self.broker = running.enter_context(Mosquitto(folder / "mosquitto", kept))
        self.fails = 0
        self.mail = running.enter_context(MailBox(on_data=self._answer))
        log = folder / "commands"
        self._commands = running.enter_context(self.broker.listening("cmnd/#", log))
        pairs = (f'"rpp-1a/{pole}": "cmnd/{pole}/POWER"' for pole in range(1, 49))
        self.node_red = NodeRed(
            folder / "node-red",
            ("overload-mail", "overload-relay"),
            self.broker.port,
            {
                "SMTP_PORT": str(self.mail.port),
                "MAIL_TO": "night@example.com",
                "MAIL_FROM": "bcm@example.com",
                "RELAYS": f"{{{', '.join(pairs)}}}",
            },
            {"bcm-mail-wait": {"timeout": "0.5"}, "bcm-mail-again": {"timeout": "0.5"}},
        )
        self.wait_for_listener()
        self.say(40, OVERLOADED)
        self._name(40)
        running.enter_context(self.node_red)

    def say(self, pole: int, alarm: Alarm) -> None:
        """As the bridge does: retained."""
        payload = encode_alarm("rpp-1a", pole, AlarmKind.OVERLOAD, alarm, LIMITS)
        topic = TOPICS.alarm("rpp-1a", pole, AlarmKind.OVERLOAD)
        self.broker.publish(topic, payload.decode(), retain=True)

    def _name(self, pole: int) -> None:
        payload = encode_circuit("rpp-1a", circuit((pole,)), "Customer1")
        topic = TOPICS.circuit_directory("rpp-1a", pole)
        self.broker.publish(topic, payload.decode(), retain=True)

    def wait_for_listener(self) -> None:
        """Until it gets commands, at first and after a restart of the broker."""
        before = self._commands.said().count("cmnd/ready")

        def heard() -> bool:
            self.broker.publish("cmnd/ready", "")
            return self._commands.said().count("cmnd/ready") > before

        wait_until(heard, 60, self.said)

    def _answer(self, _: object) -> str:
        if self.fails:
            self.fails -= 1
            return "451 try again later"
        return "250 OK"

    def mails(self, pole: int) -> int:
        subjects = [str(mail["Subject"]).split(",")[0] for _, mail in self.mail.taken]
        return subjects.count(f"Overload: rpp-1a circuit {pole}")

    def commands(self, pole: int) -> int:
        return self._commands.said().splitlines().count(f"cmnd/{pole}/POWER OFF")

    def actions(self, pole: int) -> tuple[int, int]:
        """Mails and commands because of a circuit."""
        return self.mails(pole), self.commands(pole)

    def settle(self, pole: int) -> None:
        """Overloads a circuit that nobody else uses, and waits until that is acted on.

        What was said before has then been judged, but a mail of it may still be on its way,
        because mails are not sent one after another: wait for one that has to come.
        """
        self.say(pole, OVERLOADED)
        self.wait_for(pole)

    def wait_for(self, pole: int) -> None:
        wait_until(lambda: self.actions(pole) == (1, 1), 60, self.said)

    def said(self) -> str:
        return f"{self._commands.said()} {len(self.mail.taken)} mails {self.node_red.said()}"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with ExitStack() as running:
        yield Room(tmp_path_factory.mktemp("room"), running)


def test_an_overload_from_before_node_red_was_started_is_acted_on_once(room: Room) -> None:
    room.wait_for(40)
    recipients, mail = room.mail.taken[0]
    assert recipients == ("night@example.com",)
    assert mail["From"] == "bcm@example.com"
    assert mail["Subject"] == "Overload: rpp-1a circuit 40, Customer1-A-1"
    assert mail.get_content().splitlines() == [
        "rpp-1a circuit 40 carries 85 % of its breaker's rating; the limit is 80 %.",
        "Since 2026-11-20T12:00:00.000Z (UTC), warning.",
        "Customer1-A-1, customer Customer1, poles 40, breaker 20 A.",
    ]


def test_what_is_published_again_is_acted_on_once(room: Room) -> None:
    for _ in range(3):
        room.say(1, OVERLOADED)
    worse = Alarm(AlarmState.UNACKNOWLEDGED, Severity.CRITICAL, NOON, 120.0)
    room.say(1, worse)
    room.say(1, worse.acknowledged())
    room.say(1, OVERLOADED)
    room.wait_for(1)
    room.settle(2)
    assert room.actions(1) == (1, 1)


def test_the_end_of_an_overload_is_no_action_and_the_next_one_is(room: Room) -> None:
    room.say(3, OVERLOADED)
    room.say(3, OVER)
    room.wait_for(3)
    room.settle(4)
    assert room.actions(3) == (1, 1)
    room.say(3, Alarm(AlarmState.UNACKNOWLEDGED, Severity.WARNING, NOON + 2 * QUARTER, 85.0))
    wait_until(lambda: room.actions(3) == (2, 2), 60, room.said)


def test_a_circuit_that_is_removed_and_a_normal_one_are_no_action(room: Room) -> None:
    room.broker.publish("bcm/rpp-1a/circuit/5/alarm", "", retain=True)
    room.say(6, Alarm())
    room.settle(7)
    assert room.actions(5) == room.actions(6) == (0, 0)


def test_a_shelved_overload_sheds_its_load_and_calls_nobody_until_it_is_back(room: Room) -> None:
    room.say(8, OVERLOADED.shelved(NOON + timedelta(hours=8)))
    wait_until(lambda: room.commands(8) == 1, 60, room.said)
    room.settle(9)
    assert room.actions(8) == (0, 1)
    room.say(8, OVERLOADED)
    room.wait_for(8)


def test_the_broker_going_and_coming_back_acts_on_nothing_again(room: Room) -> None:
    room.settle(10)
    connections = room.node_red.connections
    room.broker.stop()
    room.broker.start()
    wait_until(lambda: room.node_red.connections > connections, 60, room.said)
    room.say(10, OVERLOADED)  # as the bridge does when it is connected again
    room.wait_for_listener()
    room.settle(11)
    assert room.actions(10) == (1, 1)


def test_after_a_restart_of_node_red_only_what_began_meanwhile_is_acted_on(room: Room) -> None:
    room.settle(12)
    room.settle(14)
    room.node_red.stop()
    room.say(13, OVERLOADED)
    room.say(14, Alarm(AlarmState.UNACKNOWLEDGED, Severity.WARNING, NOON + QUARTER, 85.0))
    room.node_red.start()
    wait_until(lambda: room.actions(14) == (2, 2), 60, room.said)  # it had ended and begun anew
    room.wait_for(13)
    assert room.actions(12) == (1, 1)


def test_a_mail_that_the_server_refuses_for_now_is_sent_later_once(room: Room) -> None:
    room.fails = 2
    room.say(15, OVERLOADED)
    room.wait_for(15)
    room.say(15, OVERLOADED)
    room.settle(16)
    assert room.fails == 0
    assert room.actions(15) == (1, 1)


def test_an_overload_that_a_real_bridge_finds_makes_one_mail_and_one_command(
    room: Room, meters: Meters, tmp_path: Path
) -> None:
    with Site(tmp_path / "site", room.broker.port, meters.port) as site:
        bridge = site.start("bridge")
        alarm = "bcm/rpp-1a/circuit/21/alarm"
        wait_until(lambda: alarm in room.broker.retained(alarm), 60, bridge.said)
        meters.registers[2][4] = 190  # 19 A of 20
        wait_until(lambda: room.actions(21) == (1, 1), 60, room.said)
        bridge.stop()
        bridge = site.start("bridge")
        state = "bcm/bridge/dc1/state"
        wait_until(lambda: room.broker.retained(state) == {state: "online"}, 60, bridge.said)
        meters.registers[2][4] = 10
        wait_until(lambda: '"returned' in str(room.broker.retained(alarm)), 60, bridge.said)
        room.settle(22)
    assert room.actions(21) == (1, 1)
