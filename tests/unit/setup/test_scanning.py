"""What a scan of several links makes of those that fail."""

from collections.abc import AsyncIterator, Iterable

import pytest

from bcm_mqtt.cli.meters.scan import _scan
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Failure, Line, ReadError, Serial, Tcp
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.profiles import Profile
from bcm_mqtt.setup.scanning import host_port
from bcm_mqtt.web.setup.bodies import ScanBody

ADDRESSES = {
    "10.0.0.21": ("10.0.0.21", 502),
    "gateway.example:5020": ("gateway.example", 5020),
    "2001:db8::21": ("2001:db8::21", 502),
    "[2001:db8::21]": ("2001:db8::21", 502),
    "[2001:db8::21]:5020": ("2001:db8::21", 5020),
}
NONE = [
    "10.0.0.21:502:1",
    "fe80::1:2:3:4:5:6:7:8",
    ":502",
    "[10.0.0.21]",
    "[::1",
    "10.0.0.0/24",
    "10.0.0.21:65536",
]
SPEEDS = [Serial("/dev/ttyUSB0", speed) for speed in (1200, 9600, 19200)]
Outcomes = dict[int, list[ScannedUnit | ReadError | None]]
"""What comes of each unit id, by baud rate."""
BROKEN = ReadError(Failure.CONNECTION, "connection lost")
FOUND = ScannedUnit(2, ())


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_asked_as_it_is_given(text: str) -> None:
    assert host_port(text) == ADDRESSES[text]
    assert host_port(str(Tcp(*ADDRESSES[text]))) == ADDRESSES[text]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_not_asked(text: str) -> None:
    with pytest.raises(InputError, match="expected HOST or HOST:PORT"):
        host_port(text)


def test_two_spellings_of_a_gateway_are_one() -> None:
    assert ScanBody(gateways=["10.0.0.21", "10.0.0.21:502", "10.0.0.22"]).places([]) == [
        [Tcp("10.0.0.21", 502)],
        [Tcp("10.0.0.22", 502)],
    ]


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> Outcomes:
    made: Outcomes = {}

    async def scan(
        line: Line, _profiles: Iterable[Profile], units: Iterable[int]
    ) -> AsyncIterator[tuple[int, ScannedUnit | None]]:
        assert isinstance(line._link, Serial)
        for unit, outcome in zip(units, made[line._link.baudrate], strict=False):
            if isinstance(outcome, ReadError):
                raise outcome
            yield unit, outcome

    monkeypatch.setattr("bcm_mqtt.setup.scanning.scan_line", scan)
    return made


async def test_the_first_speed_at_which_a_unit_answers_is_taken(outcomes: Outcomes) -> None:
    outcomes |= {1200: [None, None], 9600: [None, FOUND], 19200: [FOUND, FOUND]}
    assert await _scan(SPEEDS, 0.3, [], range(1, 3)) == (SPEEDS[1], [FOUND])


async def test_a_speed_that_the_port_cannot_do_is_passed_over(outcomes: Outcomes) -> None:
    outcomes |= {1200: [BROKEN], 9600: [None, FOUND], 19200: []}
    assert await _scan(SPEEDS, 0.3, [], range(1, 3)) == (SPEEDS[1], [FOUND])


async def test_a_port_that_can_do_none_is_told(outcomes: Outcomes) -> None:
    outcomes |= {1200: [BROKEN], 9600: [BROKEN], 19200: [BROKEN]}
    with pytest.raises(ReadError, match="connection lost"):
        await _scan(SPEEDS, 0.3, [], range(1, 3))


async def test_a_line_that_fails_half_way_is_told_and_no_half_is_taken_for_the_whole(
    outcomes: Outcomes,
) -> None:
    outcomes |= {1200: [FOUND, BROKEN]}
    with pytest.raises(ReadError, match="connection lost"):
        await _scan(SPEEDS, 0.3, [], range(1, 3))


async def test_silence_everywhere_finds_nothing_and_says_once_how_long_it_takes(
    outcomes: Outcomes, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes |= {1200: [BROKEN], 9600: [None, None], 19200: [None, None]}
    _, found = await _scan(SPEEDS, 0.5, [], range(1, 3))
    assert found == []
    assert capsys.readouterr().err.count("takes at most 3 s for silent unit ids") == 1
