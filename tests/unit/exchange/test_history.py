"""Other people's history: a CSV file whose rows become snapshots, all of them or none."""

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Month, from_ms
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.exchange import History, Reading, check_history, import_history, read_history
from bcm_mqtt.exchange import history as history_module
from bcm_mqtt.exchange.history import Problems
from bcm_mqtt.exchange.sorted_rows import SortedRows
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, QUARTER, SECOND, panel, polled, snapshot

PANELS = {"rpp-1a": panel("rpp-1a"), "rpp-1b": panel("rpp-1b", poles=12)}
NEW_YORK_TIME = Reading(NEW_YORK, "", QUARTER)
HEADER = "time,panel,pole,amps"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
OPEN: list[History] = []


def read(
    folder: Path,
    rows: Iterable[str],
    header: str = HEADER,
    reading: Reading = NEW_YORK_TIME,
) -> History:
    file = folder / "march.csv"
    file.write_bytes("\r\n".join([header, *rows, ""]).encode())
    OPEN.append(read_history(file, reading, PANELS, NOW))
    return OPEN[-1]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def snapshots(history: History) -> list[Snapshot]:
    return [
        Snapshot(
            part.panel,
            from_ms(int(time)),
            0,
            part.interval_ms,
            tuple(value if value >= 0 else None for value in row.tolist()),
        )
        for part in history.parts(Problems(history.source))
        for time, row in zip(part.times_ms, part.milliamps, strict=True)
    ]


def refusal(folder: Path, *rows: str, header: str = HEADER) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, rows, header)
    return [
        str(problem).removeprefix(str(folder / "march.csv")) for problem in caught.value.problems
    ]


def test_rows_of_a_panel_and_time_become_a_snapshot(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            "2026-03-05T10:00,rpp-1b,1,12.3",
            "2026-03-05T10:15,rpp-1b,1,12.4",
            "2026-03-05T10:00,rpp-1b,3,0",
            "2026-03-05T10:00,rpp-1b,12,0.0005",
            "2026-03-05T10:00,rpp-1b,5,",
        ],
    )
    first, second = snapshots(found)
    at = datetime(2026, 3, 5, 15, tzinfo=UTC)
    assert (first.panel, first.time, first.interval_ms) == ("rpp-1b", at, 900_000)
    assert first.current == (12_300, None, 0, *[None] * 8, 1)  # rounded half up to mA
    assert (second.time, second.current) == (at + QUARTER, (12_400, *[None] * 11))
    assert (found.rows, found.repeated) == (4, 0)
    assert found.spans == {"rpp-1b": (at, at + QUARTER)}


def test_columns_come_in_any_order_and_a_byte_order_mark_is_no_letter(tmp_path: Path) -> None:
    row = "1, 7.5 ,rpp-1a,2026-03-05 10:00:00"
    (found,) = snapshots(read(tmp_path, [row], "\ufeffPole,Amps,Panel,Time"))
    assert (found.panel, found.current[0]) == ("rpp-1a", 7500)


@pytest.mark.parametrize(
    ("cell", "zone", "form", "expected"),
    [
        ("2026-03-08T01:59:59", "America/New_York", "", "2026-03-08T06:59:59"),
        ("2026-03-08T03:00", "America/New_York", "", "2026-03-08T07:00:00"),
        ("2026-11-01T01:15-04:00", "America/New_York", "", "2026-11-01T05:15:00"),
        ("2026-11-01T01:15-05:00", "America/New_York", "", "2026-11-01T06:15:00"),
        ("2026-11-01T06:15Z", "America/New_York", "", "2026-11-01T06:15:00"),
        ("2026-11-01T01:15", "Etc/GMT+5", "", "2026-11-01T06:15:00"),
        ("3/5/2026 1:15 PM", "America/New_York", "%m/%d/%Y %I:%M %p", "2026-03-05T18:15:00"),
    ],
)
def test_a_time_is_local_unless_it_has_an_offset(
    tmp_path: Path, cell: str, zone: str, form: str, expected: str
) -> None:
    reading = Reading(ZoneInfo(zone), form, QUARTER)
    (found,) = snapshots(read(tmp_path, [f"{cell},rpp-1a,1,1"], reading=reading))
    assert found.time == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "2026-11-01T01:15,rpp-1a,1,5",
            (
                "2026-11-01 01:15:00 comes twice in America/New_York, where clocks go back: "
                "expected it with its offset, 2026-11-01T01:15:00-04:00 or 2026-"
                "11-01T01:15:00-05:00"
            ),
        ),
        (
            "2026-03-08T02:15,rpp-1a,1,5",
            (
                "2026-03-08 02:15:00 does not exist in America/New_York, where clocks go forward "
                "over it: expected it with its offset, 2026-03-08T02:15:00-05:00 or 2026-"
                "03-08T02:15:00-04:00"
            ),
        ),
        (
            "yesterday,rpp-1a,1,5",
            (
                "time 'yesterday': expected ISO 8601 such as 2026-03-08T01:15 or "
                "2026-03-08 01:15:00-05:00"
            ),
        ),
        ("2027-03-08,rpp-1a,1,5", "time '2027-03-08': expected one from 1970 until now"),
        ("1969-03-08,rpp-1a,1,5", "time '1969-03-08': expected one from 1970 until now"),
        ("0001-01-01,rpp-1a,1,5", "time '0001-01-01': expected one from 1970 until now"),
        ("2026-03-05T10:00,rpp-9,1,5", "unknown panel 'rpp-9': expected one of rpp-1a, rpp-1b"),
        ("2026-03-05T10:00,rpp-1b,13,5", "pole '13': expected 1 to 12"),
        ("2026-03-05T10:00,rpp-1b,0,5", "pole '0': expected 1 to 12"),
        ("2026-03-05T10:00,rpp-1b,x,5", "pole 'x': expected 1 to 12"),
        *(
            (
                f"2026-03-05T10:00,rpp-1b,1,{amps}",
                f"amps '{amps}': expected a number from 0 to 10000 such as 12.3",
            )
            for amps in ("-1", "x", "NaN", "10000.1", "1e99999")
        ),
        ("2026-03-05T10:00,rpp-1b,1", "expected 4 cells"),
        ('2026-03-05T10:00,rpp-1b,1,"12,3', "unexpected end of data"),
    ],
)
def test_a_bad_row_is_told_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    assert refusal(tmp_path, "2026-03-05T09:00,rpp-1a,1,5", row)[0].endswith(f":3: {said}")


def test_all_bad_rows_are_told_but_no_more_than_one_can_read(tmp_path: Path) -> None:
    said = refusal(tmp_path, *["2026-03-05T10:00,rpp-1b,13,5"] * 500)
    assert len(said) == 20
    assert said[0] == ":2: pole '13': expected 1 to 12"
    assert said[-1] == ":21: pole '13': expected 1 to 12 (and 480 more rows are wrong)"


def test_an_unknown_panel_is_told_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, *["2026-03-05T10:00,rpp-9,1,5"] * 50)
    assert said == [":2: unknown panel 'rpp-9': expected one of rpp-1a, rpp-1b"]


@pytest.mark.parametrize("header", ["", "time,panel,pole", f"{HEADER},volts", "a,b,c,d"])
def test_other_columns_are_refused(tmp_path: Path, header: str) -> None:
    said = refusal(tmp_path, "2026-03-05T10:00,rpp-1a,1,5", header=header)
    assert said == [":1: expected the columns time, panel, pole, amps, with commas between them"]


def test_a_header_that_is_no_csv_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "2026-03-05T10:00,rpp-1a,1,5", header="x" * 200_000)
    assert said == [":1: expected the columns time, panel, pole, amps, with commas between them"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_system_has_it(tmp_path: Path, end: str) -> None:
    rows = [HEADER, "2026-03-05T10:00,rpp-1a,1,5", "2026-03-05T10:15,rpp-1a,1,6", ""]
    (tmp_path / "march.csv").write_bytes(end.join(rows).encode("utf-8-sig"))
    with closing(read_history(tmp_path / "march.csv", NEW_YORK_TIME, PANELS, NOW)) as found:
        assert [one.current[0] for one in snapshots(found)] == [5000, 6000]
    rows[2] = "2026-03-05T10:15,rpp-1b,13,6"
    (tmp_path / "march.csv").write_bytes(end.join(rows).encode())
    with pytest.raises(InputError, match=r"march\.csv:3: pole '13'"):
        read_history(tmp_path / "march.csv", NEW_YORK_TIME, PANELS, NOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (gzip.compress, "is compressed: unpack it first"),
        (lambda text: b"PK\x03\x04" + text, "is a ZIP file or a workbook: unpack it, or save "),
        (lambda text: text.decode().encode("utf-16"), "is UTF-16: save it as CSV in UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_by_its_name(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    text = f"{HEADER}\n2026-03-05T10:00,rpp-1a,1,5\n".encode()
    (tmp_path / "march.csv").write_bytes(change(text))
    with pytest.raises(InputError) as caught:
        read_history(tmp_path / "march.csv", NEW_YORK_TIME, PANELS, NOW)
    assert str(caught.value).startswith(f"{tmp_path}/march.csv: {said}")


def test_a_temporary_folder_without_room_is_not_the_files_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    monkeypatch.setattr(history_module, "SortedRows", partial(SortedRows, at_once=1))
    with pytest.raises(WorkError) as caught:
        read(tmp_path, ["2026-03-05T10:00,rpp-1a,1,5", "2026-03-05T10:15,rpp-1a,1,5"])
    assert str(caught.value) == (
        f"temporary file in {tmp_path}/gone: No such file or directory: set TMPDIR to a folder "
        "with room"
    )


def test_a_file_without_readings_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "2026-03-05T10:00,rpp-1a,1,") == [": has no readings"]


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "march.csv").write_bytes(f"{HEADER}\n2026-03-05,rpp-1ä,1,5".encode("latin-1"))
    with pytest.raises(InputError, match=r"march\.csv: expected UTF-8$"):
        read_history(tmp_path / "march.csv", NEW_YORK_TIME, PANELS, NOW)


def test_a_row_that_repeats_another_is_taken_once_and_told(tmp_path: Path) -> None:
    rows = ["2026-03-05T10:00,rpp-1a,1,5", "2026-03-05T10:15,rpp-1a,1,5"]
    found = read(tmp_path, [*rows, "2026-03-05T15:00Z,rpp-1a,1,5.0"])
    assert (len(snapshots(found)), found.repeated, found.repeated_lines) == (2, 1, [4])


def test_a_row_that_contradicts_another_is_told_with_both_lines(tmp_path: Path) -> None:
    rows = ["2026-03-05T10:00,rpp-1a,1,5", "2026-03-05T10:00,rpp-1a,1,6"]
    assert refusal(tmp_path, *rows) == [":3: line 2 has other amps for this panel, pole and time"]


def quarters(month: Month, amps: str) -> list[str]:
    start, end = month.bounds(NEW_YORK)
    count = (end - start) // QUARTER
    return [
        f"{(start + number * QUARTER).isoformat()},rpp-1a,{pole},{amps}"
        for number in range(count)
        for pole in (1, 3)
    ]


def test_a_month_of_quarter_hours_is_the_months_intervals(tmp_path: Path, target: Store) -> None:
    march = Month(2026, 3)
    history = read(tmp_path, quarters(march, "10"))
    check_history(target, history)
    assert import_history(target, history, NOW).new == 2972
    while target.roll_up.intervals():
        pass
    found = target.intervals.pole_intervals("rpp-1a", *march.bounds(NEW_YORK))
    assert {pole: len(items) for pole, items in found.items()} == {1: 2972, 3: 2972}
    assert {item.milliamp_ms for item in found[1]} == {10_000 * 900_000}


def test_a_second_import_of_a_history_changes_nothing(tmp_path: Path, target: Store) -> None:
    history = read(tmp_path, quarters(Month(2026, 2), "10")[:20])
    assert import_history(target, history, NOW).new == 10
    check_history(target, history)
    assert import_history(target, history, NOW).new == 0


def test_other_values_of_the_same_time_are_refused_with_the_line(
    tmp_path: Path, target: Store
) -> None:
    rows = quarters(Month(2026, 2), "10")[:20]
    import_history(target, read(tmp_path, rows), NOW)
    rows[6] = rows[6].replace(",10", ",11")
    with pytest.raises(InputError) as caught:
        check_history(target, read(tmp_path, rows))
    (problem,) = caught.value.problems
    assert problem.line == 8
    assert problem.message == "rpp-1a has other values of 2026-02-01T05:45:00.000Z already"


@pytest.mark.parametrize("offset_s", [1, 8, 899])
def test_a_history_among_the_recorders_own_snapshots_is_refused(
    tmp_path: Path, target: Store, offset_s: int
) -> None:
    target.arrivals.add([snapshot(NOON + QUARTER + offset_s * SECOND, [1000])])
    row = "{},rpp-1a,1,5"
    history = read(tmp_path, [row.format((NOON + n * QUARTER).isoformat()) for n in (0, 1)])
    with pytest.raises(InputError, match="while this stands") as caught:
        check_history(target, history)
    assert caught.value.problems[0].line == 3


def test_a_history_beside_the_recorders_own_snapshots_is_taken(
    tmp_path: Path, target: Store
) -> None:
    target.arrivals.add(polled(NOON - QUARTER, NOON, [1000], poll_ms=15_000))
    target.arrivals.add(polled(NOON + 2 * QUARTER, NOON + 3 * QUARTER, [1000], poll_ms=15_000))
    target.arrivals.add(polled(NOON, NOON + QUARTER, [1], panel_id="rpp-1b", poll_ms=15_000))
    row = "{},rpp-1a,1,5"
    history = read(tmp_path, [row.format((NOON + n * QUARTER).isoformat()) for n in (0, 1)])
    check_history(target, history)
    assert import_history(target, history, NOW).new == 2


def test_a_history_of_a_time_whose_snapshots_were_removed_is_refused(
    tmp_path: Path, target: Store
) -> None:
    october = Month(2026, 10)
    early = october.bounds(ZoneInfo("UTC"))[1] - QUARTER
    target.arrivals.add(polled(early, early + QUARTER, [1000], panel_id="rpp-1b"))
    target.roll_up.intervals()
    span = MonthSpan(october, *october.bounds(ZoneInfo("UTC")))
    assert sum(step.rows for step in target.upkeep.remove_snapshots([span], NOW)) == 1
    rows = [f"2026-10-31T12:00Z,rpp-1{side},1,5" for side in "ab"]
    with pytest.raises(InputError) as caught:
        check_history(target, read(tmp_path, rows))
    (problem,) = caught.value.problems
    assert problem.line == 3
    assert problem.message == (
        "rpp-1b: its snapshots until 2026-11-01T00:15:00.000Z were removed as too old"
    )
