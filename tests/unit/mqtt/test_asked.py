"""A subscription that the broker refuses is asked for again, and the log says so once."""

import logging
from typing import TYPE_CHECKING, Any, cast

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from bcm_mqtt.mqtt.sending.asked import Asked

if TYPE_CHECKING:
    from bcm_mqtt.mqtt.read_ahead import ReadAheadClient

PLACE = "rec: broker 10.0.0.5:1883"
TAKEN, REFUSED = (ReasonCode(PacketTypes.SUBACK, identifier=code) for code in (1, 0x80))


class Paho:
    """Notes what is asked for; away, it takes nothing."""

    on_subscribe: Any = None
    on_turn: Any = None
    away = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def subscribe(self, name: str, qos: int) -> tuple[int, int | None]:
        if self.away:
            return 4, None
        self.asked.append((name, qos))
        return 0, len(self.asked)


class Case:
    def __init__(self) -> None:
        self.paho, self.now_s = Paho(), 100.0
        self.asked = Asked(cast("ReadAheadClient", self.paho), PLACE, lambda: self.now_s)

    def answer(self, mid: int, reason: ReasonCode) -> None:
        self.paho.on_subscribe(self.paho, None, mid, [reason], None)

    def after(self, seconds: float) -> list[tuple[str, int]]:
        """What is asked for by then."""
        self.now_s += seconds
        before = len(self.paho.asked)
        self.paho.on_turn()
        return self.paho.asked[before:]


def test_what_is_refused_is_asked_for_again_until_it_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    case = Case()
    case.asked.ask(["a", "b"], 1)
    case.asked.ask(["c"], 0)
    for mid, reason in ((1, REFUSED), (2, TAKEN), (3, REFUSED)):
        case.answer(mid, reason)
    assert case.after(9) == []
    assert case.after(2) == [("a", 1), ("c", 0)]
    assert case.after(60) == [], "neither is answered"
    case.answer(4, REFUSED)
    case.answer(5, TAKEN)
    assert case.after(11) == [("a", 1)]
    case.answer(6, TAKEN)
    assert case.after(60) == []
    again = "trying again every 10 s"
    assert caplog.messages == [
        f"{PLACE} refuses the subscription to a (Unspecified error): {again}",
        f"{PLACE} refuses the subscription to c (Unspecified error): {again}",
        f"{PLACE}: takes the subscription to c now",
        f"{PLACE}: takes the subscription to a now",
    ]


def test_a_new_connection_asks_for_itself() -> None:
    case = Case()
    case.asked.ask(["a"], 1)
    case.answer(1, REFUSED)
    case.asked.connected()
    assert case.after(60) == []
    case.answer(1, REFUSED)
    assert case.after(60) == [], "the answer was to the connection before"


def test_what_is_asked_while_the_broker_is_away_is_asked_at_the_connection() -> None:
    case = Case()
    case.paho.away = True
    case.asked.ask(["a"], 1)
    case.paho.away = False
    case.asked.connected()
    assert case.after(60) == []
