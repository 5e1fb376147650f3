"""The units, as systemd's own tools see them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = sorted(
    (Path(__file__).parents[2] / "config" / "systemd").glob("*.service"), key=lambda unit: unit.stem
)
EACH = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
MOST_EXPOSED = 2.0


def analyze(*arguments: str | Path) -> str:
    """What systemd-analyze says; it is quiet where all is well."""
    done = subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """Copies whose program exists on this machine, too."""
    copies = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        text, changed = re.subn(
            "^ExecStart=/opt/bcm-mqtt/bin/bcm-mqtt ",
            f"ExecStart={sys.executable} ",
            unit.read_text(),
            flags=re.MULTILINE,
        )
        assert changed == 1
        copy.write_text(text)
        copies.append(copy)
    return copies


def test_there_is_a_unit_for_each_service() -> None:
    services = ("bridge", "recorder", "web")
    assert [unit.stem for unit in UNITS] == ["bcm-mqtt", *(f"bcm-mqtt-{name}" for name in services)]


def test_systemd_has_nothing_to_say_against_the_units(units: list[Path]) -> None:
    assert analyze("verify", "--man=no", *units) == ""


def test_a_mistake_in_a_unit_would_be_seen(units: list[Path]) -> None:
    units[0].write_text(units[0].read_text().replace("WatchdogSec=60", "WatchDogSec=60"))
    assert "WatchDogSec" in analyze("verify", "--man=no", units[0])


@EACH
def test_a_unit_gives_no_more_rights_than_needed(unit: Path) -> None:
    said = analyze("security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", said)
    assert found, said
    assert float(found[1]) < MOST_EXPOSED


@EACH
def test_a_unit_is_watched_and_restarted(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert {
        "Type=notify",
        "WatchdogSec=60",
        "Restart=on-failure",
        "StateDirectory=bcm-mqtt bcm-mqtt/data",
    } <= {*lines}
