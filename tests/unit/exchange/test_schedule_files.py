"""Panel schedules as people keep them: read by their headings, and what hostile files do."""

import io
import json
from collections.abc import Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from bcm_mqtt.domain.site.circuit_field import text_of
from bcm_mqtt.domain.site.schedule import Column, PanelSchedule
from bcm_mqtt.errors import InputError
from bcm_mqtt.exchange import xlsx_rows
from bcm_mqtt.exchange.schedule_files import LARGEST_FILE, schedule_of
from unit.builders import panel

PANELS = {one.id: one for one in (panel("rpp-1a", poles=42), panel("rpp-1b", "480", poles=42))}


def read(content: str | bytes, only: str = "rpp-1a", **named: str) -> PanelSchedule:
    given = content.encode() if isinstance(content, str) else content
    return schedule_of(given, PANELS, only, {Column(key): name for key, name in named.items()})


def circuits(schedule: PanelSchedule) -> dict[int, dict[str, str]]:
    """What each row states, by first pole; fails where a cell cannot be read."""
    assert [str(problem) for problem in schedule.problems] == []
    return {
        row.first_pole: {item.name: text_of(value) for item, value in row.values.items()}
        for row in schedule.rows
    }


def problems(schedule: PanelSchedule) -> list[str]:
    return [f"{one.line}: {one.key}: {one.message}" for one in schedule.problems]


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_of_spreadsheets(encoding: str, delimiter: str) -> None:
    rows = [("Nr.", "Bezeichnung", "Nennstrom [A]"), ("1", "Küche", "16 A"), ("2", "Büro", "B10")]
    text = "\r\n".join(map(delimiter.join, rows))
    assert circuits(read(text.encode(encoding))) == {
        1: {"description": "Küche", "rating": "16"},
        2: {"description": "Büro", "rating": "10"},
    }


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        ("Ckt,Load Served,Trip (A),P", "pole description rating poles"),
        ("Circuit #,Tenant,Breaker", "pole description rating"),
        ("Breaker,Description,Tenant,Rating", "pole description customer rating"),
        ("Position,Name,Rated amps,Phase,Voltage", "pole description rating phase voltage"),
        ("Stromkreis,Verbraucher,Absicherung,Polzahl", "pole description rating poles"),
        ("Repère,Libellé,Calibre (A),Tension", "pole description rating voltage"),
        ("N.º,Descripción,Corriente nominal (A),Polos", "pole description rating poles"),
        ("panel,poles,customer,connection", "panel pole customer connection"),
        ("No.,Circuit,Breaker", "pole description rating"),
    ],
)
def test_columns_are_found_by_the_words_of_the_trade(headings: str, columns: str) -> None:
    assert read(headings).header.columns == tuple(map(Column, columns.split()))


def test_a_schedule_that_is_printed_as_the_panel_hangs() -> None:
    content = workbook(
        ("Notes", [("Revised 2026-10-01",)]),
        (
            "RPP-1A",
            [
                ("Panel RPP-1A", None, "120/208 V, 42 poles"),
                (),
                ("CKT", "Description", "Trip", "P", "P", "Trip", "Description", "CKT"),
                (1, "Acme-web", 20.0, 1, 3, 50, "UPS", 2),
                (3, "Globex", "30/2", None, None, None, '"', 4),
                (5, None, None, None, None, None, None, 6),
                (7, "SPACE", None, None, 1, "20 A", "—", 8),
            ],
        ),
    )
    found = read(content)
    assert circuits(found) == {
        1: {"description": "Acme-web", "rating": "20", "poles": "1"},
        2: {"description": "UPS", "rating": "50", "poles": "2+4+6"},
        3: {"description": "Globex", "rating": "30", "poles": "3+5"},
        8: {"rating": "20", "poles": "8"},
    }
    assert [row.line for row in found.rows] == [4, 4, 5, 7]
    assert found.notes() == ["1 row without a breaker: those poles stay as they are."]


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("Pole", "1,3,5", "1+3+5"),
        ("Pole", "1-5", "1+3+5"),
        ("Pole", "2/4", "2+4"),
        ("Pole,Poles", "1,3-pole", "1+3+5"),
        ("Pole,Phase", "2,A-B", "2+4"),
        ("Pole,Phase", "2,L1L2L3", "2+4+6"),
        ("Pole,Rating", "1,3P 20A", "1+3+5"),
        ("Pole,Rating", "1,3xB16", "1+3+5"),
        ("Pole,Connection", "1,2P-N", "1+3"),
    ],
)
def test_how_many_poles_a_breaker_has(heading: str, cell: str, expected: str) -> None:
    if "," not in heading:
        cell = f'"{cell}"'
    (row,) = circuits(read(f"{heading},Description\n{cell},Acme\n")).values()
    assert row["poles"] == expected


def test_each_cell_that_cannot_be_read_is_one_line() -> None:
    text = """Pole,Description,Trip,Poles,Voltage
1,Acme,2O,,
3,Acme,20,4,
5,"=HYPERLINK(""http://x"")",20,,
7,Acme,20,,277
43,Acme,20,,
,Acme,20,,
9,Acme,20/2,,
11,Globex,20,,
13,do.,20,,
15,Acme,20/2,3,
17,Acme,#REF!,,
1A,Acme,20,,
"""
    found = read(text)
    assert problems(found) == [
        "2: Trip: expected whole amps such as 20, 20 A, 20/3, 3P 20 A or B16, not '2O'",
        "3: Poles: expected how many poles the breaker has, 1, 2 or 3, not '4'",
        "4: Description: begins with '=', which spreadsheets take for a formula: put a word first",
        "5: Voltage: panel rpp-1a has 120/208 V, not '277'",
        "6: Pole: pole 43 is not on panel rpp-1a: expected 1 to 42",
        "7: Pole: expected the position of the breaker",
        "9: Pole: pole 11 has a row already: breaker 9+11 in line 8",
        "10: Description: 'do.' refers to the row above: write out what is meant",
        "11: Pole: the row says that the breaker has 2 and 3 poles",
        "12: Trip: expected whole amps such as 20, 20 A, 20/3, 3P 20 A or B16, not '#REF!'",
        "13: Pole: expected a position such as 7, 1,3,5 or 1-5, not '1A'",
    ]
    assert [row.first_pole for row in found.rows] == [9]


def test_rows_of_other_panels_are_passed_over_and_unknown_ones_named() -> None:
    text = "Panel,Pole,Description\nRPP 1A,1,Acme\nrpp-1b,1+3,Globex\nLP-9,1,Initech\n"
    found = read(text)
    assert [row.panel for row in found.rows] == ["rpp-1a"]
    assert found.elsewhere == 1
    assert problems(found) == [
        "4: Panel: unknown panel 'LP-9': expected one of rpp-1a, rpp-1b, or do not take this column"
    ]
    assert [row.panel for row in read(text, only="").rows] == ["rpp-1a", "rpp-1b"]
    assert len(read(text, panel="", pole="Pole").rows) == 1  # pole 1 three times
    (problem, *_) = problems(read("Pole,Description\n1,Acme\n", only=""))
    assert problem == "1: : no column says the panel: say which panel the schedule is of"


def test_what_no_heading_says_is_named_by_people() -> None:
    text = "Where,What,How much\n1,Acme,20\n"
    (problem,) = problems(read(text))
    assert problem.startswith("1: : no column says the position of a breaker: expected one such as")
    assert problem.endswith("found 'Where', 'What', 'How much'")
    named = {"pole": "where", "description": "What", "rating": "How much"}
    assert circuits(read(text, **named)) == {1: {"description": "Acme", "rating": "20"}}
    (problem,) = problems(read(text, pole="Platz"))
    assert problem == "0: : expected a row with the headings 'Platz'"


def test_a_delta_panel_has_no_breaker_of_one_pole() -> None:
    (problem,) = problems(read("Pole,Description,Poles\n1,Acme,1\n", only="rpp-1b"))
    assert "needs a neutral, which delta service 480 lacks" in problem


def test_a_schedule_without_rows_says_what_was_expected_and_found() -> None:
    for content in ("", "\n\n", "Our schedule\n", workbook(("Sheet", []))):
        (problem,) = problems(read(content))
        assert problem == (
            "1: : expected a row of headings, such as Circuit, Description and Rating, and below "
            "it a row for each breaker; found no row of several cells"
        )
    for content in (b"%PDF-1.7\n1 0 obj", b"\n%PDF-1.4\n\xff"):
        assert refusal(content) == "file: is a PDF: save the schedule as XLSX or CSV"


def refusal(content: bytes, sheet: str = "") -> str:
    with pytest.raises(InputError) as caught:
        schedule_of(content, PANELS, "rpp-1a", None, "file", sheet)
    return str(caught.value)


def test_a_formula_is_what_it_came_to_or_is_named() -> None:
    content = workbook(("Sheet", [("Pole", "Description", "Trip"), (1, "Acme", "=10+10")]))
    (problem,) = problems(read(content))
    assert problem.endswith("not '=10+10'")


def repacked(content: bytes, part: str, new: bytes) -> bytes:
    """A workbook of which one part is another."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(file, "w", ZIP_DEFLATED) as made:
        for name in old.namelist():
            made.writestr(name, new if name == part else old.read(name))
    return file.getvalue()


def test_hostile_workbooks_are_refused_in_one_line() -> None:
    good = workbook(("Sheet", [("Pole", "Description"), (1, "Acme")]))
    sheet = "xl/worksheets/sheet1.xml"
    bomb = repacked(good, sheet, b" " * (xlsx_rows.MOST_BYTES + 1))
    assert len(bomb) < 200_000
    laughs = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
    )
    entities = repacked(good, sheet, laughs + b"]><worksheet>&m;</worksheet>")
    outside = repacked(
        good, sheet, b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'
    )
    for content in (bomb, entities, outside, good[:-40], b"PK\x03\x04" + b"\0" * 100):
        assert refusal(content) == "file: is no workbook of at most 60 MB, unpacked"
    many = workbook(("Sheet", [("Pole", "Description"), *[(1, "Acme")] * xlsx_rows.MOST_ROWS]))
    assert "expected at most 2000 rows" in refusal(many)
    assert "no sheet 'Nowhere': expected one of 'Sheet'" in refusal(good, "Nowhere")
    assert refusal(b"\xd0\xcf\x11\xe0rest").startswith("file: is an XLS file, or has a p")
    assert refusal(b" " * (LARGEST_FILE + 1)).startswith("file: is larger than 5 MB")


def test_a_sheet_that_says_it_is_huge_costs_nothing() -> None:
    content = workbook(("Sheet", [("Pole", "Description"), (1, "Acme")]))
    with ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    far = xml.replace('<row r="2"', '<row r="1048576"').replace("A1:B2", "A1:XFD1048576")
    assert far != xml
    found = read(repacked(content, "xl/worksheets/sheet1.xml", far.encode()))
    assert found.rows == ()


def test_what_is_copied_from_a_sheet_has_lone_quotes() -> None:
    text = 'Ckt\tName\tTrip\tP\n1\tUPS\t50\t3\n3\t"\t"\t\n5\t"\t\t\n2\tLight\t20\t1\n'
    assert {key: row["poles"] for key, row in circuits(read(text)).items()} == {1: "1+3+5", 2: "2"}


def test_endless_cells_and_rows_cost_nothing() -> None:
    spaces = f"1{' ' * 100_000}x"
    text = f"Pole,Description,Trip,Phase\n{spaces},Acme,{spaces},{spaces}\n"
    (problem, *_) = problems(read(text))
    assert problem.startswith("2: Pole: expected a position")
    assert len(problem) < 1200
    wide = read(",".join(["Pole", "Description", *["Trip"] * 500_000]))
    assert len(wide.header.columns) == xlsx_rows.MOST_COLUMNS


def test_broken_text_is_named_with_its_line() -> None:
    assert refusal(b'Pole,Description\n1,"Acme\n').startswith("file:2: not CSV from here on: ")
    assert "no text in UTF-8" in refusal(b"Pole,Description\n1,\x81\x8d\n")
    (problem,) = problems(read("Pole,Description\n1,Acme\u202eevil\n"))
    assert "expected one line without control characters" in problem
    assert json.dumps(problem).isascii()
