"""`scan` tells the shipped devices apart by what they answer, over TCP and on a serial port."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bcm_mqtt.cli.meters.scan import _scan
from bcm_mqtt.modbus import Tcp
from bcm_mqtt.profiles import shipped_profiles
from peers.faulty_gateway import Asked
from peers.process import BCM_MQTT, free_port
from peers.recorded_meters import RecordedMeters
from peers.serial_meter import RtuGateway, SerialMeters, rtu
from unit.modbus.recorded_meter import Registers, answered, registers
from unit.profiles.register_fixtures import FIXTURES

Ran = subprocess.CompletedProcess[str]
PATIENT = ("--timeout-ms", "1000")
"""For meters that share a busy machine with the scan."""


def scan(*arguments: str) -> Ran:
    command = [*BCM_MQTT, "scan", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


def panels(output: str) -> dict[str, list[int]]:
    """Unit ids by the profile of the panel that was made of them."""
    found = re.findall(
        r"^  panel-\d+: .*profile: ([a-z0-9-]+), unit_ids: \[(.*?)\]", output, re.MULTILINE
    )
    assert len(dict(found)) == len(found)
    return {profile: [int(unit) for unit in units.split(", ")] for profile, units in found}


def checked(output: str, folder: Path) -> str:
    """What `check` says of a configuration that it accepts."""
    (folder / "bcm.yaml").write_text(output)
    command = [*BCM_MQTT, "check", "-c", str(folder / "bcm.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_shipped_device_is_recognised_on_one_line(tmp_path: Path) -> None:
    units, expected, unit = dict[int, Registers](), dict[str, list[int]](), 1
    sunspec = {name for name, profile in shipped_profiles().items() if profile.sunspec}
    for name in sorted(FIXTURES.keys() - {"generic", "powerscout24", *sunspec}):
        expected[name] = list(range(unit, unit + shipped_profiles()[name].unit_count))
        for number, of_unit in enumerate(expected[name], 1):
            units[of_unit] = registers(FIXTURES[name], number)
        unit = expected[name][-1] + 1
    with RecordedMeters(units) as gateway:
        done = scan(f"127.0.0.1:{gateway.port}", "--units", f"1-{unit - 1}", *PATIENT)
    assert done.returncode == 0, done.stderr
    assert panels(done.stdout) == expected
    assert "function_code" not in done.stdout
    assert "addressing" not in done.stdout
    assert "guess" not in done.stdout
    assert "# unit ids 2, 3, 4, 5, 6, 7: all registers are 0" in done.stdout
    assert f"{len(expected)} panels" in checked(done.stdout, tmp_path)


def test_what_is_not_sure_is_said_in_comments_that_check_passes_over(tmp_path: Path) -> None:
    zeros = {(4, address): 0 for address in range(400)}
    ethernet = registers(FIXTURES["em24"]) | {(4, 11): 1648}
    with RecordedMeters({1: zeros, 2: ethernet}) as gateway:
        done = scan(f"127.0.0.1:{gateway.port}", "--units", "1-2")
    assert "# unit id 1: all registers are 0: nothing is connected, or" in done.stdout
    assert re.search(r"# unit id 1: just as likely .*\bsdm630\b", done.stdout)
    assert "# unit id 2: a guess: fits em24 but for register 11, which is 1648" in done.stdout
    checked(done.stdout, tmp_path)


def test_an_empty_meter_among_others_is_taken_for_one_of_their_kind() -> None:
    zeros = {(4, address): 0 for address in range(400)}
    with RecordedMeters({1: zeros, 2: registers(FIXTURES["sdm630"])}) as gateway:
        done = scan(f"127.0.0.1:{gateway.port}", "--units", "1-2")
    assert done.stdout.count("profile: sdm630") == 2
    assert re.search(r"just as likely .*\bem24\b", done.stdout)


def test_what_is_printed_reads_the_meter_with_the_power_that_it_measures(tmp_path: Path) -> None:
    with RecordedMeters({1: registers(FIXTURES["shelly-pro-3em"])}) as gateway:
        printed = scan(f"127.0.0.1:{gateway.port}", "--units", "1").stdout
        (tmp_path / "bcm.yaml").write_text(printed)
        command = [*BCM_MQTT, "read", "--format", "json", "-c", str(tmp_path / "bcm.yaml")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = {row["poles"]: (row["amps"], row["watts"]) for row in json.loads(done.stdout)}
    assert found["1"] == (12.5, 1500)
    assert found["3"] == (None, 0)
    assert found["5"] == (0.0, 0)


def test_how_long_it_takes_at_most_is_said_once() -> None:
    with RecordedMeters({1: registers(FIXTURES["em24"])}) as gateway:
        done = scan(f"127.0.0.1:{gateway.port}", "--units", "1-10", "--timeout-ms", "400")
    assert done.stderr.count("takes at most 4 s for silent unit ids") == 1


def of_meter(has: Registers, unit: int, silent_for: int = 0) -> Callable[[Asked], list[bytes]]:
    """Answers of an RTU meter; the first requests of all, and other units, stay unanswered."""

    def frames(asked: Asked) -> list[bytes]:
        if asked.unit != unit or asked.number <= silent_for:
            return []
        found = answered(has, asked.function, asked.address, asked.count)
        return [
            rtu(asked, bytes((asked.function | 0x80, 2)) if found is None else asked.pdu(found))
        ]

    return frames


async def test_a_meter_on_a_serial_port_is_found(tmp_path: Path) -> None:
    async with SerialMeters(tmp_path) as meters:
        meters.answer = of_meter(registers(FIXTURES["sdm630"]), 2)
        done = await asyncio.to_thread(
            scan, "--serial", meters.device, "--units", "1-3", "--parity", "none", *PATIENT
        )
    assert done.returncode == 0, done.stderr
    assert f"gateway-1: {{serial: {meters.device}, parity: none, timeout: 1000ms}}" in done.stdout
    assert panels(done.stdout) == {"sdm630": [2]}
    assert "1 panel," in checked(done.stdout, tmp_path)
    asked = [asked.unit for asked in meters.asked]
    assert asked.count(1) == asked.count(3) == 1  # each silent unit costs one time-out


async def test_speeds_and_parities_are_tried_until_a_meter_answers(tmp_path: Path) -> None:
    async with SerialMeters(tmp_path) as meters:
        # At 9600 both units are silent. (A pseudo-terminal has no parity to try.)
        meters.answer = of_meter(registers(FIXTURES["iem3000"]), 1, silent_for=2)
        done = await asyncio.to_thread(
            scan,
            *("--serial", meters.device, "--units", "1-2", *PATIENT),
            *("--baudrate", "9600", "--baudrate", "4800", "--baudrate", "1200"),
            *("--parity", "none"),
        )
    assert done.returncode == 0, done.stderr
    assert "baudrate: 4800, parity: none, timeout: 1000ms}" in done.stdout
    assert panels(done.stdout) == {"iem3000": [1]}
    assert "takes at most 6 s" in done.stderr
    checked(done.stdout, tmp_path)


async def test_a_link_that_cannot_be_opened_is_passed_over() -> None:
    with RecordedMeters({2: registers(FIXTURES["em24"])}) as gateway:
        links = [Tcp("127.0.0.1", free_port()), Tcp("127.0.0.1", gateway.port)]
        link, found = await _scan(links, 1.0, [shipped_profiles()["em24"]], range(2, 3))
    assert link == links[1]
    assert [item.unit for item in found] == [2]


async def test_rtu_frames_over_tcp_are_found(tmp_path: Path) -> None:
    async with RtuGateway() as gateway:
        gateway.answer = of_meter(registers(FIXTURES["pac1600"]), 1)
        done = await asyncio.to_thread(
            scan, f"127.0.0.1:{gateway.port}", "--framing", "rtu", "--units", "1", *PATIENT
        )
    assert f"port: {gateway.port}, framing: rtu, timeout: 1000ms}}" in done.stdout
    assert panels(done.stdout) == {"pac1600": [1]}
    checked(done.stdout, tmp_path)


async def test_one_lost_reply_costs_no_recognition(tmp_path: Path) -> None:
    async with SerialMeters(tmp_path) as meters:
        right = of_meter(registers(FIXTURES["sdm630"]), 1)
        meters.answer = right
        meters.answers = [right, right, lambda _: []]
        done = await asyncio.to_thread(
            scan, "--serial", meters.device, "--units", "1", "--parity", "none", *PATIENT
        )
    assert panels(done.stdout) == {"sdm630": [1]}


async def test_a_meter_that_leaves_unanswered_what_it_does_not_know_is_found_by_its_profile(
    tmp_path: Path,
) -> None:
    has = registers(FIXTURES["sdm630"])

    def frames(asked: Asked) -> list[bytes]:
        found = answered(has, asked.function, asked.address, asked.count)
        return [] if found is None else [rtu(asked, asked.pdu(found))]

    async with SerialMeters(tmp_path) as meters:
        meters.answer = frames
        done = await asyncio.to_thread(
            scan,
            *("--serial", meters.device, "--parity", "none"),
            *("--units", "1", "--profile", "sdm630", *PATIENT),
        )
    assert panels(done.stdout) == {"sdm630": [1]}


def test_a_serial_port_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = scan("--serial", str(tmp_path / "ttyUSB9"), "--units", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("ttyUSB9 is not reachable: no such device\n")
    assert done.stderr.count("\n") == 1


async def test_a_parity_that_a_port_cannot_do_is_one_line(tmp_path: Path) -> None:
    async with SerialMeters(tmp_path) as meters:
        done = await asyncio.to_thread(scan, "--serial", meters.device, "--units", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not reachable: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("")
    done = scan("--serial", str(tmp_path / "notes"), "--units", "1")
    assert done.returncode == 1
    assert done.stderr.endswith("is not reachable: not a serial port\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "expected HOST[:PORT], --serial DEVICE, --snmp HOST, or several of one"),
        (["10.0.0.1", "--baudrate", "9600"], "--baudrate applies to --serial only"),
        (["10.0.0.1", "--stop-bits", "2"], "--stop-bits applies to --serial only"),
        (["--serial", "/dev/ttyS0", "--framing", "rtu"], "--framing applies to HOST"),
        (["--serial", "/dev/ttyS0", "--baudrate", "12"], "12 is not in the range"),
        (["10.0.0.1", "--profile", "generic"], "--profile 'generic': expected one of bg08, "),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[str], expected: str) -> None:
    done = scan(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1
