"""The guard of ratios: its record in docs/performance.md, and what it calls behind."""

import re
import struct
from datetime import date
from pathlib import Path

import pytest

from benchmarks.bridges.gateways import Gateways
from benchmarks.guard.record import FIRST, LAST, Record, read, record_of, verdict, written
from benchmarks.guard.rows import ROWS
from benchmarks.guard.verdict import run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
EMPTY = f"# Before\n\n{FIRST}\n| row |\n|---|\n{LAST}\n\nAfter.\n"
DAY = date(2026, 11, 29)
SPEED = re.compile(
    r"make bench|\d of a core|\d cores\b|processor time for|"
    r"\d (?:readings|values|snapshots|rows)(?:/s| a second)"
)
MEASURED = re.compile(
    r"20\d\d-\d\d-\d\d.*`[0-9a-f]{7,}`|`[0-9a-f]{7,}`.*20\d\d-\d\d-\d\d", re.DOTALL
)


def record(ratio: float) -> Record:
    return Record("json", 25 * ratio, 25.0, ratio, ratio, ratio, DAY, "a932f419")


def test_a_record_has_the_medians_of_its_rounds_and_the_range_of_their_ratios() -> None:
    # 30/20 = 1.5, 24/24 = 1, 36/18 = 2
    rounds = [(30.0, 20.0), (24.0, 24.0), (36.0, 18.0)]

    assert record_of("json", rounds, DAY, "abc1234") == Record(
        "json", 30.0, 20.0, 1.5, 1.0, 2.0, DAY, "abc1234"
    )


def test_what_is_written_is_read_again_and_the_rest_of_the_page_stays() -> None:
    rate = Record("ingest-sqlite", 2812.0, 46_900.0, 0.06, 0.055, 0.0612, DAY, "a932f419")
    page = written(EMPTY, [rate, record(0.9)])

    assert read(page) == {"ingest-sqlite": rate, "json": record(0.9)}
    assert page.startswith("# Before\n\n<!--")
    assert page.endswith("-->\n\nAfter.\n")


def test_a_record_replaces_that_of_its_row_in_its_place() -> None:
    first = written(EMPTY, [record(0.9), Record("line", 124.0, 124.0, 1.0, 1.0, 1.0, DAY, "a")])

    assert read(written(first, [record(0.5)]))["json"].ratio == 0.5
    assert list(read(written(first, [record(0.5)]))) == ["json", "line"]


@pytest.mark.parametrize(
    ("ratio", "more_is_better", "said"),
    [
        (0.89, False, "ahead"),
        (1.09, False, "level"),
        (1.11, False, "behind"),
        (0.89, True, "behind"),
        (1.11, True, "ahead"),
    ],
)
def test_more_than_a_tenth_is_ahead_or_behind(
    ratio: float, *, more_is_better: bool, said: str
) -> None:
    assert verdict(record(ratio), record(1.0), more_is_better=more_is_better) == said


def test_a_row_without_a_record_is_new() -> None:
    assert verdict(record(1.0), None, more_is_better=False) == "new"


@pytest.mark.parametrize("rounds", ["0", "-1", "x", "1.5"])
def test_rounds_of_which_there_is_no_median_are_refused(
    capsys: pytest.CaptureFixture[str], rounds: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(["line", f"--rounds={rounds}"])
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == f"guard: error: argument --rounds: '{rounds}': expected 1 or more"


def test_a_line_that_is_no_record_is_shown() -> None:
    broken = written(EMPTY, [record(0.9)]).replace("2026-11-29", "yesterday")

    with pytest.raises(ValueError, match=r"docs/performance\.md: \| `json` .*--record"):
        read(broken)


def test_a_page_without_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a table between"):
        read("# Performance\n")


def test_the_page_records_and_explains_the_rows_that_there_are() -> None:
    page = PAGE.read_text("utf-8")
    names = [row.name for row in ROWS]

    assert len(set(names)) == len(names)
    assert set(read(page)) <= set(names)
    assert [name for name in names if f"`{name}`" not in page] == []


def test_gateways_of_the_bridges_answer_as_meters_do() -> None:
    gateways = Gateways([], 0.0, dead_unit=4)

    # Unit 2's registers at its first read: 2 x 31 + 7 x 0..5 + 1.
    assert gateways._reply(5020, bytes.fromhex("000700000006020301f50006")) == struct.pack(
        ">HHHBBB6H", 7, 0, 15, 2, 3, 12, 63, 70, 77, 84, 91, 98
    )
    assert gateways._reply(5020, bytes.fromhex("000800000006020301f60006")).hex() == (
        "000800000003028302"  # one register too far: exception 2
    )
    assert gateways._reply(5020, bytes.fromhex("000900000006040301f50006")) == b""


def test_speed_in_the_documentation_has_the_day_and_the_commit_of_its_measurement() -> None:
    pages = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]

    assert [
        f"{page.relative_to(ROOT)}: {paragraph}"
        for page in pages
        if page != PAGE  # whose tables have a column for it
        for paragraph in re.split(r"\n\n|\n(?=- )", page.read_text("utf-8"))
        if SPEED.search(paragraph) and not MEASURED.search(paragraph)
    ] == []
