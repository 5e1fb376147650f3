"""Energy counters: they never fall, and nothing is shown that a crash could take away."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.bridge.energy import EnergyCounters
from bcm_mqtt.domain.reading.stored import Series
from unit.builders import NOON, SECOND

POLL = 15 * SECOND
ONE = ("rpp-1a", 1)
KWH = 3_600_000


@pytest.fixture(scope="module")
def quick_disk() -> Iterator[None]:
    """Properties write a thousand times and pull no plug."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bridge" / "energy.json"


def add(counters: EnergyCounters, at: datetime, watts: float | None) -> None:
    """One poll of the panel, on which is one circuit."""
    counters.add(Series("rpp-1a"), at, {1: watts}, POLL)


def joules(counters: EnergyCounters, *readings: tuple[float, float | None]) -> float:
    """The counter after readings of (seconds after noon, watts)."""
    for seconds, watts in readings:
        add(counters, NOON + seconds * SECOND, watts)
    return counters.save().get(ONE, 0.0) * KWH


def test_power_counts_from_one_reading_to_the_next(file: Path) -> None:
    assert joules(EnergyCounters(file), (0, 1000), (15, 2000), (30, 0)) == pytest.approx(45_000)


def test_a_first_reading_counts_nothing(file: Path) -> None:
    assert joules(EnergyCounters(file), (0, 1000)) == 0


@pytest.mark.parametrize(("gap", "held"), [(15, 15), (22.5, 22.5), (23, 22.5), (3600, 22.5)])
def test_a_reading_stands_for_at_most_one_and_a_half_polls(
    file: Path, gap: float, held: float
) -> None:
    assert joules(EnergyCounters(file), (0, 1000), (gap, 0)) == pytest.approx(held * 1000)


def test_a_reading_that_is_missing_ends_the_one_before_and_is_not_zero(file: Path) -> None:
    found = joules(EnergyCounters(file), (0, 1000), (15, None), (30, 1000), (45, None))
    assert found == pytest.approx(30_000)


@pytest.mark.parametrize("watts", [-0.1, -5000.0])
def test_negative_power_counts_nothing(file: Path, watts: float) -> None:
    assert joules(EnergyCounters(file), (0, 1000), (15, watts), (30, 0)) == pytest.approx(15_000)


def test_a_clock_that_is_set_back_counts_nothing(file: Path) -> None:
    assert joules(EnergyCounters(file), (0, 1000), (15, 1000), (-3600, 1000)) == 15_000


def test_circuits_are_counted_apart(file: Path) -> None:
    counters = EnergyCounters(file)
    for at in (NOON, NOON + POLL):
        counters.add(Series("rpp-1a"), at, {1: 1000, 2: 2000}, POLL)
        counters.add(Series("rpp-1b"), at, {1: 3000}, POLL)
    assert {key: round(kwh * KWH) for key, kwh in counters.save().items()} == {
        ("rpp-1a", 1): 15_000,
        ("rpp-1a", 2): 30_000,
        ("rpp-1b", 1): 45_000,
    }


def test_counters_survive_a_restart(file: Path) -> None:
    before = joules(EnergyCounters(file), (0, 1000), (15, 1000))
    counters = EnergyCounters(file)
    assert counters.save() == {ONE: before / KWH}
    assert joules(counters, (30, 1000), (45, 1000)) == pytest.approx(before + 15_000)


def test_the_time_between_two_runs_is_not_counted(file: Path) -> None:
    before = joules(EnergyCounters(file), (0, 1000), (15, 1000))
    assert joules(EnergyCounters(file), (20, 1000)) == before


@pytest.mark.usefixtures("quick_disk")
@settings(max_examples=40, deadline=None)
@given(
    runs=st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 60), st.none() | st.floats(-100, 1e6)), max_size=6),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_what_is_published_never_falls_wherever_a_crash_comes(
    tmp_path_factory: pytest.TempPathFactory,
    runs: list[tuple[list[tuple[int, float | None]], bool]],
) -> None:
    file = tmp_path_factory.mktemp("energy") / "energy.json"
    published, at = 0.0, NOON
    for readings, saves in runs:
        counters = EnergyCounters(file)  # as after kill -9: nothing but the file is left
        shown = counters.save().get(ONE, 0.0)
        assert shown >= published
        published = shown
        for seconds, watts in readings:
            at += seconds * SECOND
            add(counters, at, watts)
        if saves:
            shown = counters.save().get(ONE, 0.0)
            assert shown >= published
            published = shown


@pytest.mark.usefixtures("quick_disk")
@settings(max_examples=40, deadline=None)
@given(watts=st.lists(st.floats(0, 1e5), min_size=2, max_size=5))
def test_nothing_is_published_above_what_is_on_disk(
    tmp_path_factory: pytest.TempPathFactory, watts: list[float]
) -> None:
    file = tmp_path_factory.mktemp("energy") / "energy.json"
    counters = EnergyCounters(file)
    for index, value in enumerate(watts):
        add(counters, NOON + index * POLL, value)
    assert counters.save() == EnergyCounters(file).save()


def test_a_save_that_fails_publishes_nothing_and_keeps_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = EnergyCounters(file)
    before = joules(counters, (0, 1000), (15, 1000))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    add(counters, NOON + 2 * POLL, 1000)
    with pytest.raises(OSError, match="No space left"):
        counters.save()
    monkeypatch.undo()
    assert EnergyCounters(file).save() == {ONE: before / KWH}
    assert counters.save()[ONE] > before / KWH  # what could not be saved is still counted


def test_what_is_written_is_on_disk_before_it_takes_the_files_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = EnergyCounters(file)
    add(counters, NOON, 1000)
    add(counters, NOON + POLL, 1000)
    done: list[str] = []
    replace = Path.replace

    def noted_replace(self: Path, target: Path) -> Path:
        done.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", lambda _: done.append("fsync"))
    monkeypatch.setattr(Path, "replace", noted_replace)
    counters.save()
    assert done[:2] == ["fsync", "replace"]
    assert json.loads(file.read_text()) == {"rpp-1a": {"1": 15_000.0}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"rpp-1a": 1}',
        '{"rpp-1a": {"one": 1}}',
        '{"rpp-1a": {"1": null}}',
        '{"rpp-1a": {"1": [1]}}',
        '{"rpp-1a": {"1": "much"}}',
        '{"rpp-1a": {"1": NaN}}',
        '{"rpp-1a": {"1": Infinity}}',
        "\udcff",
    ],
)
def test_a_damaged_file_is_moved_aside_and_named(
    file: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    file.write_bytes(content.encode(errors="surrogateescape"))
    counters = EnergyCounters(file)
    assert counters.saved == {}
    [aside] = file.parent.iterdir()
    assert aside.name.startswith("energy.json.damaged-")
    assert aside.read_bytes() == content.encode(errors="surrogateescape")
    [said] = caplog.messages
    assert said.startswith(f"{file} is damaged (")
    assert said.endswith(f": moved to {aside.name}: energy counters start from 0")
    joules(counters, (0, 1000), (15, 0))
    assert EnergyCounters(file).saved == {ONE: 15_000 / KWH}


def test_a_file_that_cannot_be_read_is_added_to_once_it_can(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    joules(EnergyCounters(file), (0, 1000), (15, 0))

    def fails(_: Path) -> str:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as bad:
        bad.setattr(Path, "read_text", fails)
        counters = EnergyCounters(file)
        assert counters.saved == {}
        add(counters, NOON, 1000)
        add(counters, NOON + POLL, 0)
        with pytest.raises(OSError, match="Input/output"):
            counters.save()
    assert "Input/output error: they are published once they can be read" in caplog.text
    assert counters.save() == {ONE: 30_000 / KWH}
    assert EnergyCounters(file).saved == {ONE: 30_000 / KWH}


def test_damage_that_cannot_be_moved_is_not_written_over(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.parent.mkdir()
    file.write_text("{")

    def read_only(*_: object) -> Path:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as bad:
        bad.setattr(Path, "rename", read_only)
        counters = EnergyCounters(file)
        with pytest.raises(OSError, match="Read-only"):
            counters.save()
        assert file.read_text() == "{"
    assert counters.save() == {}
    assert len(list(file.parent.iterdir())) == 2


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_new_file_has_its_mode_and_one_that_is_there_keeps_it(file: Path, mode: int) -> None:
    counters = EnergyCounters(file, mode)
    counters.save()
    assert file.stat().st_mode & 0o777 == mode
    file.chmod(0o604)
    counters.save()
    assert file.stat().st_mode & 0o777 == 0o604
    assert [one.name for one in file.parent.iterdir()] == ["energy.json"]


@pytest.mark.parametrize("at", ["energy.json", ".", ".."])
def test_a_place_that_cannot_be_written_is_told_in_one_line(
    file: Path, at: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder in the file's place, a file in its folder's place, a file above that."""
    blocked = file if at == "energy.json" else file.parent
    if at == "energy.json":
        blocked.mkdir(parents=True)
    elif at == ".":
        blocked.write_text("a file")
    else:
        file = file.parent.parent / "above" / "bridge" / "energy.json"
        file.parent.parent.write_text("a file")
    counters = EnergyCounters(file)
    assert counters.saved == {}
    with pytest.raises(OSError, match="directory"):
        counters.save()
    [said] = caplog.messages
    assert said.startswith(f"energy counters {file}: ")
    assert "\n" not in said


def test_a_month_of_polls_adds_up(file: Path) -> None:
    counters, at = EnergyCounters(file), datetime(2026, 3, 1, tzinfo=NOON.tzinfo)
    for _ in range(4 * 60 * 24 + 1):
        add(counters, at, 1200.0)
        at += POLL
    assert counters.save()[ONE] == pytest.approx(28.8)
    assert at - POLL == datetime(2026, 3, 2, tzinfo=NOON.tzinfo) + timedelta(0)
