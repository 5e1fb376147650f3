"""Blocks of a CSV file are the same by pyarrow and by the csv module."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bcm_mqtt.exchange import csv_blocks
from bcm_mqtt.exchange.csv_blocks import Block, blocks, header_of

Rows = list[tuple[int, tuple[str, ...]]]
"""Line and cells."""


def rows_of(found: list[Block]) -> tuple[Rows, list[tuple[int, str]]]:
    rows = [
        (int(line), tuple(column.cells[column.codes[at]] for column in block.columns))
        for block in found
        for at, line in enumerate(block.lines)
    ]
    return rows, [one for block in found for one in block.wrong]


def read(content: bytes, width: int = 2) -> tuple[Rows, list[tuple[int, str]]]:
    return rows_of(list(blocks(BytesIO(content), width)))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 24)


def test_a_header_is_one_line_and_a_byte_order_mark_is_no_letter() -> None:
    file = BytesIO("\ufeffTime,Amps\r\n1,2\r\n".encode())
    assert header_of(file) == ["Time", "Amps"]
    assert file.read() == b"1,2\r\n"


@pytest.mark.usefixtures("small_blocks")
def test_rows_have_their_lines_over_all_blocks() -> None:
    content = b'a,1\r\nb,2\r\n\r\nc,3\r\n"d",4\r\nlonger than most are,5\r\nx\r\ne,NULL'
    rows, wrong = read(content)
    assert rows == [
        (2, ("a", "1")),
        (3, ("b", "2")),
        (5, ("c", "3")),
        (6, ("d", "4")),
        (7, ("longer than most are", "5")),
        (9, ("e", "NULL")),
    ]
    assert wrong == [(8, "expected 2 cells")]


def test_nothing_is_read_after_what_is_no_csv() -> None:
    rows, wrong = read(b'a,1\nb,"2\n')
    assert rows == [(2, ("a", "1"))]
    assert [line for line, _ in wrong] == [3]


cell = st.one_of(
    st.sampled_from(["", "a", "1.5", "NaN", "null", " 7 ", "é", "2026-01-01T00:00Z", "#N/A"]),
    st.text("ab1 \t\x00\x0b\x1c\x85", max_size=4),
)
odd = st.sampled_from(['"q",1', '"q""r",1', "one", "a,b,c", "", " ", '"x', "a\r,b", ",", '"a"b,1'])
line = st.one_of(st.tuples(cell, cell).map(",".join), odd)


@given(st.lists(line, max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("small_blocks")
def test_both_readers_give_the_same(lines: list[str], end: str, whole: bool) -> None:  # noqa: FBT001
    content = end.join([*lines, ""] if whole else lines).encode()
    with pytest.MonkeyPatch.context() as patch:
        by_arrow = read(content)
        patch.setattr(csv_blocks, "_arrow", lambda: None)
        assert read(content) == by_arrow


def test_plain_lines_are_read_by_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Iterator[None]:
        raise AssertionError

    monkeypatch.setattr(csv_blocks, "_any_block", never)
    assert read(b"a,1\nb,2\n") == ([(2, ("a", "1")), (3, ("b", "2"))], [])
