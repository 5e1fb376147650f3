"""What a scan asks of each unit, and what it makes of failures."""

from typing import cast

import pytest

from bcm_mqtt.modbus import Failure, Line, ReadError, ReadRequest
from bcm_mqtt.modbus.scan import ScannedUnit, scan
from bcm_mqtt.profiles import shipped_profiles
from unit.modbus.recorded_meter import Registers, answered, registers
from unit.profiles.register_fixtures import FIXTURES

SILENCE = ReadError(Failure.SILENCE, "no answer in time")
BACKED_OFF = ReadError(Failure.BACKED_OFF, "backed off: it did not answer before")
LOST = ReadError(Failure.CONNECTION, "connection lost")


class ScriptedLine:
    """Stands in for a line: units with registers, and failures by number of the request."""

    def __init__(self, units: dict[int, Registers], failures: dict[int, ReadError]) -> None:
        self.units, self.failures = units, failures
        self.reachable = True
        self.asked: list[int] = []

    async def read(self, request: ReadRequest) -> list[int]:
        self.asked.append(request.unit)
        if failure := self.failures.get(len(self.asked)):
            raise failure
        if request.unit not in self.units:
            raise SILENCE
        has = self.units[request.unit]
        found = answered(has, request.function_code, request.address, request.count)
        if found is None:
            raise ReadError.exception(2)
        return found


async def scanned(line: ScriptedLine, *units: int) -> list[tuple[int, ScannedUnit | None]]:
    profiles = shipped_profiles().values()
    return [item async for item in scan(cast("Line", line), profiles, units)]


def names(found: list[tuple[int, ScannedUnit | None]]) -> dict[int, list[str] | None]:
    return {
        unit: None if item is None else [one.profile.id for one in item.candidates]
        for unit, item in found
    }


def line_of(failures: dict[int, ReadError] | None = None, unit: int = 2) -> ScriptedLine:
    return ScriptedLine({unit: registers(FIXTURES["sdm630"])}, failures or {})


async def test_a_silent_unit_is_asked_once() -> None:
    line = line_of()
    assert names(await scanned(line, 1, 2, 3)) == {1: None, 2: ["sdm630"], 3: None}
    assert line.asked.count(1) == line.asked.count(3) == 1


@pytest.mark.parametrize("code", [10, 11])
async def test_a_unit_for_which_the_gateway_answers_is_silent(code: int) -> None:
    line = line_of({1: ReadError.exception(code)})
    assert names(await scanned(line, 1)) == {1: None}
    assert line.asked == [1]


async def test_a_unit_that_answers_with_exceptions_alone_is_found_and_fits_nothing() -> None:
    line = ScriptedLine({1: {}}, {})
    assert names(await scanned(line, 1)) == {1: []}


async def test_no_request_is_made_twice_but_for_the_second_look() -> None:
    line = line_of()
    await scanned(line, 2)
    assert len(line.asked) == 84 + 3


@pytest.mark.parametrize("lost", range(2, 12))
async def test_a_reply_that_is_lost_once_is_asked_for_again(lost: int) -> None:
    line = line_of({lost: SILENCE, lost + 1: BACKED_OFF, lost + 2: BACKED_OFF})
    assert names(await scanned(line, 2)) == {2: ["sdm630"]}


async def test_a_unit_that_falls_silent_is_asked_no_more_and_keeps_what_was_found() -> None:
    line = line_of(dict.fromkeys(range(80, 199), SILENCE))
    assert names(await scanned(line, 2)) == {2: ["sdm630"]}
    assert len(line.asked) == 81


async def test_a_connection_that_is_lost_once_is_not_the_gateways_end() -> None:
    line = line_of({1: LOST})
    assert names(await scanned(line, 1, 2)) == {1: None, 2: ["sdm630"]}


async def test_a_gateway_that_is_gone_ends_the_scan() -> None:
    line = line_of({2: LOST})
    line.reachable = False
    with pytest.raises(ReadError, match="connection lost"):
        await scanned(line, 1, 2)
