"""circuits.csv: what spreadsheets and people write, and each mistake in it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.config.directory.table import COLUMNS, USUAL_COLUMNS, read_circuits
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection, Panel, Service
from bcm_mqtt.domain.time import BEGINNING

NEW_YORK = ZoneInfo("America/New_York")
PANELS = {
    "rpp-1a": Panel("rpp-1a", "RPP 1A", Service.parse("120/208"), 48),
    "ups": Panel("ups", "UPS", Service.parse("480"), 42),
}
HEADER = ",".join(USUAL_COLUMNS)
KNOWN = ",".join(COLUMNS)
AMPS = "expected amps as a whole number from 1 to 10000"
TIME = "expected a date or time such as 2026-01-01 or 2026-01-01T12:00Z"


def read(
    folder: Path, content: str | bytes, zone: ZoneInfo = NEW_YORK, refused: tuple[str, ...] = ()
) -> tuple[tuple[CircuitVersion, ...], list[tuple[int, str, str]]]:
    """Versions of rpp-1a, and the problems."""
    file = folder / "circuits.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    directories, problems = read_circuits(file, PANELS, zone, refused)
    assert set(directories) == set(PANELS)
    assert {problem.source for problem in problems} <= {str(file)}
    found = [(problem.line, problem.key, problem.message) for problem in sorted(problems)]
    return directories["rpp-1a"].versions, found


def good(folder: Path, content: str | bytes) -> tuple[CircuitVersion, ...]:
    versions, problems = read(folder, content)
    assert not problems
    return versions


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def test_a_row_is_a_circuit_version(tmp_path: Path) -> None:
    row = 'rpp-1a,4+6+8,"Customer2-A-2, rack 7",Customer9,30,3P-D,0.95,2026-03-10'
    assert good(tmp_path, rows(row)) == (
        CircuitVersion(
            poles=(4, 6, 8),
            description="Customer2-A-2, rack 7",
            rating_amps=30,
            connection=Connection.DELTA,
            customer="Customer9",
            power_factor=Decimal("0.95"),
            valid_from=datetime(2026, 3, 10, 4, tzinfo=UTC),
        ),
    )


def test_empty_cells_and_absent_columns_have_defaults(tmp_path: Path) -> None:
    expected = (CircuitVersion((1,)), CircuitVersion((3, 5), connection=Connection.LINE_LINE))
    assert good(tmp_path, rows("rpp-1a,1,,,,,,", "rpp-1a,3+5")) == expected
    assert good(tmp_path, "poles,panel\n1,rpp-1a\n3+5,rpp-1a\n") == expected
    assert expected[0].valid_from == BEGINNING


@pytest.mark.parametrize(
    ("poles", "connection"), [("1", "1P"), ("1+3", "2P"), ("1 + 3 + 5", "3P"), ("5+1+3", "3P")]
)
def test_the_connection_follows_from_the_poles(tmp_path: Path, poles: str, connection: str) -> None:
    (version,) = good(tmp_path, f"panel,poles\nrpp-1a,{poles}\n")
    assert version.connection == connection
    assert list(version.poles) == sorted(version.poles)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffpanel,poles\r\nrpp-1a,1\r\n",
        "panel,poles\nrpp-1a,1",
        " Panel , POLES \n rpp-1a , 1 \n",
        "# written by hand\n\npanel,poles\n# the first, rack 7\nrpp-1a,1\n\n",
        'panel,poles\n"rpp-1a","1"\n',
        "panel,poles,description\nrpp-1a,1\n",
    ],
)
def test_byte_order_mark_line_ends_spaces_comments_and_quotes_do_not_matter(
    tmp_path: Path, content: str
) -> None:
    assert good(tmp_path, content) == (CircuitVersion((1,)),)


def test_several_rows_of_a_breaker_are_its_versions(tmp_path: Path) -> None:
    versions = good(
        tmp_path,
        rows("rpp-1a,1,A-1,,,,,", "rpp-1a,1,B-1,,,,,2026-03-10", "rpp-1a,1,,,,none,,2026-04-01"),
    )
    assert [version.connection for version in versions] == ["1P", "1P", "none"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-01", datetime(2026, 3, 1, 5, tzinfo=UTC)),
        ("2026-03-10", datetime(2026, 3, 10, 4, tzinfo=UTC)),
        ("2026-03-10T12:00", datetime(2026, 3, 10, 16, tzinfo=UTC)),
        ("2026-03-10 12:00", datetime(2026, 3, 10, 16, tzinfo=UTC)),
        ("2026-03-10T12:00Z", datetime(2026, 3, 10, 12, tzinfo=UTC)),
        ("2026-03-10T12:00+05:45", datetime(2026, 3, 10, 6, 15, tzinfo=UTC)),
        # the clock goes through 01:30 twice
        ("2026-11-01T01:30-04:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("2026-11-01T01:30-05:00", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("2026-11-02", datetime(2026, 11, 2, 5, tzinfo=UTC)),
    ],
)
def test_a_date_is_local_midnight_and_a_time_local_unless_it_has_an_offset(
    tmp_path: Path, written: str, expected: datetime
) -> None:
    (version,) = good(tmp_path, f"panel,poles,valid_from\nrpp-1a,1,{written}\n")
    assert version.valid_from == expected
    assert version.valid_from.tzinfo is UTC


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("rpp-9,1", ("panel", "unknown panel 'rpp-9': expected one of rpp-1a, ups")),
        (",1", ("panel", "unknown panel '': expected one of rpp-1a, ups")),
        ("rpp-1a,", ("poles", "expected poles such as 1 or 1+3+5, not ''")),
        ("rpp-1a,1-3", ("poles", "expected poles such as 1 or 1+3+5, not '1-3'")),
        ("rpp-1a,1+3+5+7", ("poles", "expected poles such as 1 or 1+3+5, not '1+3+5+7'")),
        ("rpp-1a,1+1", ("poles", "expected each pole once, not '1+1'")),
        ("rpp-1a,49", ("poles", "pole 49 is not on panel rpp-1a: expected 1 to 48")),
        ("rpp-1a,1+2", ("poles", "poles 1+2 are not one breaker: expected 1+3")),
        ("rpp-1a,1,,,20A", ("rating", f"{AMPS}, not '20A'")),
        ("rpp-1a,1,,,0", ("rating", f"{AMPS}, not '0'")),
        (
            "rpp-1a,1,,,,4P",
            ("connection", "expected one of 1P, 2P, 2P-N, 3P, 3P-D, none, not '4P'"),
        ),
        ("rpp-1a,1,,,,3P", ("connection", "connection 3P takes 3 poles, but 1 are 1")),
        (
            "ups,1",
            ("connection", "connection 1P needs a neutral, which delta service 480 lacks"),
        ),
        ("rpp-1a,1,,,,,1.2", ("power_factor", "expected a number from 0 to 1, not '1.2'")),
        ("rpp-1a,1,,,,,nan", ("power_factor", "expected a number from 0 to 1, not 'nan'")),
        (
            "rpp-1a,1,,,,,0",
            ("power_factor", "expected a power factor above 0, at most 1, not '0'"),
        ),
        *(
            (f"rpp-1a,1,,,,,,{written}", ("valid_from", f"{TIME}, not '{written}'"))
            for written in ("10.3.2026", "2026-02-30", "noon")
        ),
        (
            "rpp-1a,1,,,,,,9999-12-31T23:00",
            (
                "valid_from",
                "expected a date or time of the years 2 to 9998, not '9999-12-31T23:00'",
            ),
        ),
        (
            "rpp-1a,1,,,,,,2026-11-01T01:30",
            (
                "valid_from",
                (
                    "2026-11-01 01:30:00 comes twice in America/New_York, where clocks go back: "
                    "expected it with its offset, 2026-11-01T01:30:00-04:00 or "
                    "2026-11-01T01:30:00-05:00, not '2026-11-01T01:30'"
                ),
            ),
        ),
        (f"rpp-1a,1,{'x' * 201}", ("description", "201 characters: expected at most 200")),
        (f"rpp-1a,1,,{'x' * 201}", ("customer", "201 characters: expected at most 200")),
        (
            "rpp-1a,1,a\tb",
            ("description", "expected one line without control characters, not 'a\\tb'"),
        ),
        ("rpp-1a,1,,,1_0", ("rating", f"{AMPS}, not '1_0'")),
        ("rpp-1a,1,,,٢٠", ("rating", f"{AMPS}, not '٢٠'")),
        ("rpp-1a,٢", ("poles", "expected poles such as 1 or 1+3+5, not '٢'")),
        ("rpp-1a,1,,,,,0.9_5", ("power_factor", "expected a number from 0 to 1, not '0.9_5'")),
        ("rpp-1a,1,a,b,20,1P,1,,x", ("", "9 cells for 8 columns: quote a cell with a comma")),
    ],
)
def test_a_bad_row_is_named_with_line_column_and_what_was_expected(
    tmp_path: Path, row: str, problem: tuple[str, str]
) -> None:
    assert read(tmp_path, rows("# a comment", row, "rpp-1a,30"))[1] == [(3, *problem)]


def test_all_bad_cells_of_all_rows_are_named_at_once(tmp_path: Path) -> None:
    content = rows("rpp-1a,x,,,y,z,2,w", "rpp-1a,2", "rpp-9,1,,,0,,,")
    assert [(line, key) for line, key, _ in read(tmp_path, content)[1]] == [
        (2, "connection"),
        (2, "poles"),
        (2, "power_factor"),
        (2, "rating"),
        (2, "valid_from"),
        (4, "panel"),
        (4, "rating"),
    ]


def test_a_pole_on_two_breakers_is_named_in_the_later_row_and_points_to_the_other(
    tmp_path: Path,
) -> None:
    content = rows("rpp-1a,3", "ups,1+3", "rpp-1a,1+3+5,,,,,,2026-03-10")
    ((line, key, message),) = read(tmp_path, content)[1]
    assert line == 4
    assert "poles" in key
    assert message == "pole 3 is on breakers 3 and 1+3+5 at the same time (see line 2)"


def test_a_duplicate_row_is_named(tmp_path: Path) -> None:
    ((line, _, message),) = read(tmp_path, rows("rpp-1a,3,a", "rpp-1a,3,b"))[1]
    assert line == 3
    assert message == "breaker 3 has two versions valid from 1970-01-01 00:00:00Z (see line 2)"


@pytest.mark.parametrize(
    ("header", "problems"),
    [
        ("panel,poles,amps", [("amps", f"unknown column: expected {KNOWN}")]),
        ("panel,description", [("poles", f"column is required: expected {KNOWN}")]),
        (
            "panel;poles;rating",
            [("", "semicolons between columns: expected commas; save it with commas")],
        ),
        (
            "panel\tpoles",
            [("", "tabs between columns: expected commas; save it with commas")],
        ),
        ("panel,poles,rating,rating", [("rating", "expected each column once")]),
    ],
)
def test_a_bad_header_is_named_and_nothing_is_read(
    tmp_path: Path, header: str, problems: list[tuple[str, str]]
) -> None:
    versions, found = read(tmp_path, f"# x\n{header}\nrpp-1a,1\n")
    assert set(found) == {(2, *problem) for problem in problems}
    assert not versions


@pytest.mark.parametrize("content", ["", "\n\n", "# panel,poles\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content)[1] == [(1, "", f"is empty: expected the columns {KNOWN}")]


def test_a_quote_that_is_never_closed_is_refused_and_swallows_no_row(tmp_path: Path) -> None:
    content = rows("rpp-1a,1,A", 'rpp-1a,2,"B', "rpp-1a,3,C")
    assert read(tmp_path, content)[1] == [(3, "", "not CSV from here on: unexpected end of data")]


@pytest.mark.parametrize(
    ("encoding", "at", "reason"),
    [
        ("utf-16", 0, "is UTF-16 text: expected UTF-8; save it as UTF-8"),
        ("cp1252", 2, "is not UTF-8 text: byte 0xFC, which Windows-1252 takes for 'ü'; save it as"),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused(
    tmp_path: Path, encoding: str, at: int, reason: str
) -> None:
    content = rows("rpp-1a,1,Müller").encode(encoding)
    ((line, _, message),) = read(tmp_path, content)[1]
    assert line == at
    assert message.startswith(reason)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    _, (problem,) = read_circuits(tmp_path / "none.csv", PANELS, NEW_YORK)
    assert problem.message == "cannot be read: No such file or directory"


def test_rows_of_a_panel_that_is_itself_refused_are_passed_over(tmp_path: Path) -> None:
    versions, problems = read(tmp_path, rows("rpp-9,x", "rpp-1a,1"), refused=("rpp-9",))
    assert not problems
    assert len(versions) == 1


def test_a_date_before_all_calendars_is_refused(tmp_path: Path) -> None:
    content = rows("rpp-1a,1,,,,,,0001-01-01")
    ((line, key, _),) = read(tmp_path, content, ZoneInfo("Asia/Tokyo"))[1]
    assert (line, key) == (2, "valid_from")
