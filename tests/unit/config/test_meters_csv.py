"""meters.csv: read whole with the line of each mistake, and rewritten as it was written."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from bcm_mqtt.config import change_instruments, load, reload_directories
from bcm_mqtt.config.directory import file_stamp
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError
from unit.builders import NOON, SetClock
from unit.site_files import write_site

HEADER = "panel,unit_id,poles,valid_from,serial,multiplier,sign,last_reading\n"
METERS = HEADER + (
    '# from the panel schedule\r\nrpp-1a,1,,,"A, 1", 2,,\nrpp-1a,,1,2026-03-10,B-2,0.50,-1,12.5\n'
)


def site(folder: Path, meters: str | None = METERS) -> Path:
    main = write_site(folder)
    if meters is not None:
        (folder / "meters.csv").write_bytes(meters.encode())
    return main


def test_the_rows_of_the_file_are_the_instruments_of_the_directory(tmp_path: Path) -> None:
    rows = load(site(tmp_path)).directories["rpp-1a"].instruments

    assert [(row.poles, row.unit_id, row.serial, row.multiplier, row.sign) for row in rows] == [
        ((1, 3, 5, 7, 9, 11), 1, "A, 1", Fraction(2), 1),
        ((1,), None, "B-2", Fraction(1, 2), -1),
    ]
    assert rows[0].valid_from == BEGINNING
    assert f"{rows[1].valid_from:%F %H}" == "2026-03-10 04"  # New York's midnight


def test_a_site_without_the_file_has_no_instruments(tmp_path: Path) -> None:
    settings = load(site(tmp_path, None))

    assert all(not directory.instruments for directory in settings.directories.values())


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("rpp-9,1,,,A,,,", "4: panel: unknown panel 'rpp-9'"),
        (
            "rpp-1a,99,,,A,,,",
            "4: unit_id: panel rpp-1a has no unit id '99': expected one of 1, 2",
        ),
        ("rpp-1a,1,3,,A,,,", "4: poles: expected either poles or a unit_id in each row"),
        ("rpp-1a,,3+1,,A,,,", "4: poles: expected each pole once, ascending, not '3+1'"),
        ("rpp-1a,,99,,A,,,", "4: poles: pole 99 is not on panel rpp-1a: expected 1 to 48"),
        ("rpp-1a,,3,soon,A,,,", "4: valid_from: expected a date or time"),
        ("rpp-1a,,3,,A,0,,", "4: multiplier: expected a ratio such as 2, 0.5 or 200/150"),
        ("rpp-1a,,3,,A,,2,", "4: sign: expected 1 or -1, not '2'"),
        ("rpp-1a,,3,2026-01-01,A,,,1+2", "4: last_reading: 2 readings for poles 3: expected one"),
        ("rpp-1a,1,,,C,,,", "4: rpp-1a valid_from: pole "),
        ("rpp-1a,,3,,A,,,,,", "4: 10 cells for 8 columns"),
    ],
)
def test_a_mistake_refuses_the_file_with_its_line(tmp_path: Path, row: str, problem: str) -> None:
    meters = f"{HEADER}rpp-1a,1,,,A-1,2,,\nrpp-1a,,1,2026-03-10,B-2,0.5,-1,12.5\n{row}\n"
    with pytest.raises(InputError) as error:
        load(site(tmp_path, meters))
    (only,) = error.value.problems
    assert f"meters.csv:{problem}" in str(only)


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"meters\.csv:1: ratio: unknown column"):
        load(site(tmp_path, "panel,poles,ratio\n"))


def test_a_file_that_was_there_and_is_gone_is_refused(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    (tmp_path / "meters.csv").unlink()

    with pytest.raises(InputError, match=r"meters\.csv: cannot be read"):
        reload_directories(settings, had_meters=True)
    with pytest.raises(InputError, match="is gone: bring it back first"):
        change_instruments(settings, [correction()], SetClock())


def correction(**values: str) -> InstrumentChange:
    said = values or {"sign": "-1"}
    read = {BY_NAME[name]: BY_NAME[name].value(text) for name, text in said.items()}
    return InstrumentChange("rpp-1a", read, poles=(1,), valid_from=NOON)


def test_a_change_adds_a_row_and_leaves_the_others_byte_for_byte(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    rewritten = change_instruments(settings, [correction(serial="C-3")], SetClock())

    before, after = METERS, (tmp_path / "meters.csv").read_bytes().decode()
    assert after.startswith(before)
    assert after.removeprefix(before) == "rpp-1a,,1,2026-11-20T07:00-05:00,C-3,0.5,-1,\n"
    assert reload_directories(settings)["rpp-1a"].instruments == rewritten.instruments["rpp-1a"]
    assert file_stamp(settings.meters) == rewritten.stamp


def test_an_amended_row_keeps_the_cells_that_do_not_change(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    row = settings.directories["rpp-1a"].instruments[1]
    change = InstrumentChange(
        "rpp-1a", {BY_NAME["approval"]: "MID B"}, poles=(1,), valid_from=row.valid_from
    )
    (edit,) = change_instruments(settings, [change], SetClock()).edits

    assert edit.amends
    text = (tmp_path / "meters.csv").read_text()
    assert text.splitlines()[0] == f"{HEADER.strip()},approval"
    assert text.splitlines()[-1] == "rpp-1a,,1,2026-03-10,B-2,0.50,-1,12.5,MID B"


def test_a_site_without_the_file_gets_one_with_its_first_change(tmp_path: Path) -> None:
    settings = load(site(tmp_path, None))
    change_instruments(settings, [correction(serial="A-1")], SetClock())

    (row,) = load(settings.file).directories["rpp-1a"].instruments
    assert row == Instrument((1,), valid_from=NOON, serial="A-1")


def test_a_change_that_is_refused_leaves_the_file(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    bad = InstrumentChange("rpp-1a", {}, poles=(99,), valid_from=NOON + timedelta(days=1))
    with pytest.raises(InputError, match="pole 99 is not on panel"):
        change_instruments(settings, [correction(), bad], SetClock())
    assert (tmp_path / "meters.csv").read_bytes().decode() == METERS


def test_a_dry_run_only_says_what_a_change_would_do(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    assert change_instruments(settings, [correction(serial="X")], SetClock(), dry_run=True).edits
    assert (tmp_path / "meters.csv").read_bytes().decode() == METERS
