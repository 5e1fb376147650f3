"""What stands of a device's messages: for how long, by whose clock, and what never does."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.mqtt.meters import Device
from bcm_mqtt.mqtt.meters.device import MOST_A_SECOND
from bcm_mqtt.profiles.mqtt import MessageValue, ReportedMessage, Reports

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
W, KWH = Quantity.POWER, Quantity.ENERGY
REPORTS = Reports(
    (
        ReportedMessage(
            "meter",
            (MessageValue(7, W, (("w",),)), MessageValue(7, KWH, (("kwh",),))),
            ("time",),
            ("id",),
        ),
        ReportedMessage("plain", (MessageValue(8, W, ((),)),)),
    )
)


class Heard:
    """A device whose values stand for 100 s, and two clocks that go alike."""

    def __init__(self) -> None:
        self.device = Device(REPORTS, timedelta(seconds=100))
        self.at = 0.0

    def say(self, payload: object, topic: str = "meter", *, retained: bool = False) -> None:
        sent = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.device.take(topic, sent, retained=retained, now_s=self.at)

    def stands(self, quantity: Quantity = W, pole: int = 7) -> int | None:
        return self.device.reading(pole, quantity, self.at, self.now)

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.at)

    @property
    def wrong(self) -> list[str]:
        return self.device.problems(self.at, self.now)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_what_was_retained_is_no_reading(heard: Heard) -> None:
    heard.say({"w": 5}, retained=True)
    assert heard.stands() is None
    assert heard.wrong == [
        "meter: only a retained message, which is no reading: waiting for the next"
    ]
    heard.say({"w": 6})
    assert heard.stands() == 6000
    heard.say({"w": 5}, retained=True)  # after a lost connection
    assert heard.stands() == 6000


def test_what_was_heard_stands_until_it_is_too_old(heard: Heard) -> None:
    heard.say({"w": 5, "kwh": 3})
    heard.at = 60
    heard.say({"w": 6})
    heard.at = 100
    assert (heard.stands(), heard.stands(KWH)) == (6000, 3000)
    heard.at = 101
    assert (heard.stands(), heard.stands(KWH)) == (6000, None)
    assert heard.wrong == ["not every value was heard for 101 s, longer than max_age"]
    heard.at = 161
    assert heard.stands() is None


def test_a_value_that_a_device_gives_never_is_not_expected(heard: Heard) -> None:
    assert heard.device.expects(7, KWH)
    heard.say({"w": 5})
    assert not heard.device.expects(7, KWH)
    assert heard.device.unheard == "never heard: energy of pole 7 and 1 more"


def stamp(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def test_a_message_that_was_long_under_way_is_as_old_as_it_says(heard: Heard) -> None:
    heard.at = 1000
    heard.say({"w": 5, "time": stamp(930)})
    assert heard.stands() == 5000
    heard.at = 1031
    assert heard.stands() is None
    heard.say({"w": 6, "time": stamp(-6200)})
    assert heard.stands() is None
    assert heard.wrong == ["its readings are 2 h old by its own clock: set it"]


@pytest.mark.parametrize(
    ("written", "is_known"),
    [
        (NOON.timestamp() + 30, True),
        (1000 * (NOON.timestamp() + 30), True),
        ("2026-11-20T13:00:30+01:00", True),
        ("2026-11-20T12:00:30", False),  # in which zone?
        ("noon", False),
        (None, False),
        (1e300, False),
        ({}, False),
    ],
)
def test_a_time_stamp_counts_where_it_is_an_instant(
    heard: Heard, written: object, *, is_known: bool
) -> None:
    heard.at = 120
    heard.say({"w": 5, "time": written})
    heard.at = 140
    assert heard.stands() == (None if is_known else 5000)  # 110 s, or 20 s


def test_a_clock_that_is_ahead_is_reported_and_not_used(heard: Heard) -> None:
    heard.say({"w": 5, "time": stamp(59)})
    assert heard.wrong == []
    heard.say({"w": 5, "time": stamp(200)})
    assert heard.wrong == ["its clock is 200 s ahead: its time stamps are not used"]
    heard.at = 100
    assert heard.stands() == 5000
    heard.at = 101
    assert heard.stands() is None


def test_two_devices_by_their_ids(heard: Heard) -> None:
    for name in ("a", "b"):  # one that replaces another is none
        heard.at += 1
        heard.say({"w": 5, "id": name})
        assert not heard.device.is_two(heard.at)
    heard.say({"w": 5, "id": "a"})
    assert heard.device.is_two(heard.at)
    assert heard.wrong[0] == "two devices publish on meter: messages of a and b take turns"
    heard.at += 600
    assert not heard.device.is_two(heard.at)


def test_two_devices_by_counters_that_jump_back_and_forth(heard: Heard) -> None:
    seen = []
    for kwh in (100, 5, 100.1, 5.1, 100.2):
        heard.at += 30
        heard.say({"kwh": kwh})
        seen.append(heard.device.is_two(heard.at))
    assert seen == [False, False, False, True, True]
    assert heard.wrong == [
        "two devices publish on meter: a counter jumps between 5.1 and 100.2 kWh"
    ]


@pytest.mark.parametrize(
    "register",
    [
        [100, 0, 0.1, 0.2, 0.3, 0.4],  # a reset
        [100, 5, 100.1, 100.2, 100.3],  # a glitch
        [100, 99.999, 100, 100.1, 100.2],  # a slip
        [999.9, 0, 0.1, 0.2],  # a rollover
        [100, 100, 100, 101, 104],
    ],
)
def test_what_one_register_does_is_no_second_device(heard: Heard, register: list[float]) -> None:
    for kwh in register:
        heard.at += 30
        heard.say({"kwh": kwh})
        assert not heard.device.is_two(heard.at)


HOSTILE = [
    (b"\xff\xfe", "a message is not text"),
    (b"{", "a message is not JSON: '{'"),
    (b"[" * 60_000, "a message is n"),
    (b"[" * 60_000 + b"]" * 5_000, "a message is n"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "a message is nested too deeply"),
    (b" " * 70_000, "a message of 70,000 bytes, more than 65,536, is not read"),
    (b'{"w": "five"}', "power: expected a number, not 'five'"),
    (b'{"w": true}', "power: expected a number, not 'True'"),
    (b'{"w": [1]}', "power: expected a number, not 'a list'"),
    (b'{"w": {"x": 1}}', "power: expected a number, not 'a mapping'"),
    (b'{"w": 1e999}', "power: expected a number, not 'inf'"),
    (b'{"w": 1e30}', "power of '1e+30' cannot be"),
    (b'{"w": ' + b"9" * 4000 + b"}", b"power: expected a number, not '" + b"9" * 40 + b"...'"),
    (b'{"w": ' + b"9" * 5000 + b"}", "a message is not JSON: "),
    (b'{"w": "%s"}' % (b"\\u001b[2J" * 9), "power: expected a number, not '?[2J?"),
    (b'{"kwh": -1}', "energy of '-1' cannot be"),
    (b'{"w": ""}', ""),
    (b'{"w": NaN}', ""),
    (b'{"w": Infinity}', ""),
    (b'{"w": null}', ""),
    (b'{"w": "unavailable"}', ""),
]


@pytest.mark.parametrize(("payload", "said"), HOSTILE)
def test_a_hostile_payload_is_one_line_and_no_reading(
    heard: Heard, payload: bytes, said: str | bytes
) -> None:
    line = said.decode() if isinstance(said, bytes) else said
    heard.say(payload)
    assert heard.stands() is None
    assert heard.stands(KWH) is None
    assert all(complaint.startswith(f"meter: {line}") for complaint in heard.wrong[:1] if line)
    assert bool(heard.wrong) == bool(line) or "nothing was heard" in heard.wrong[0]
    assert all(len(one) < 130 and "\n" not in one and one.isprintable() for one in heard.wrong)
    heard.say({"w": 5, "kwh": 1})
    assert (heard.stands(), heard.wrong) == (5000, [])


def test_a_value_that_cannot_be_leaves_the_others(heard: Heard) -> None:
    heard.say({"w": "five", "kwh": 3})
    assert (heard.stands(), heard.stands(KWH)) == (None, 3000)


@pytest.mark.parametrize("payload", [b"12.5", b" 12.5\n", b"1.25e1"])
def test_a_plain_number(heard: Heard, payload: bytes) -> None:
    heard.say(payload, "plain")
    assert heard.stands(pole=8) == 12_500


def test_a_flood_is_left_out_and_reported(heard: Heard) -> None:
    for watts in range(10 * MOST_A_SECOND):
        heard.say({"w": watts})
    assert heard.stands() == 1000 * (MOST_A_SECOND - 1)
    assert heard.wrong == [
        f"meter: more than {MOST_A_SECOND} messages a second, the rest is not read"
    ]
    heard.at = 61
    heard.say({"w": 7})
    assert (heard.stands(), heard.wrong) == (7000, [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEANT = st.fixed_dictionaries({}, optional=dict.fromkeys(("w", "kwh", "time", "id"), JSON))


@given(st.lists(st.binary() | (JSON | MEANT).map(lambda data: json.dumps(data).encode())))
def test_whatever_is_published_a_reading_can_be_stored_or_is_none(payloads: list[bytes]) -> None:
    heard = Heard()
    for payload in payloads:
        heard.at += 1
        for topic in ("meter", "plain"):
            heard.say(payload, topic)
        for pole, quantity in ((7, W), (7, KWH), (8, W)):
            stands = heard.stands(quantity, pole)
            assert stands is None or abs(stands) <= quantity.most
        assert all(one.isprintable() and len(one) < 200 for one in heard.wrong)
