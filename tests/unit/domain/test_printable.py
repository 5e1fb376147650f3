"""Nothing that came from elsewhere moves the cursor of a terminal."""

import json
import logging
import sys
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.cli.services.log import LogFormat, formatter
from bcm_mqtt.domain.printable import has_controls, shown, shown_json

EVIL = "\x1b]0;x\x07A\u202eB\r\nX\x9b2J\u2028"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rack 7 \u2013 Gr\xf6\xdfe", "Rack 7 \u2013 Gr\xf6\xdfe"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\r\nb\u2028c\x85d\x9be", "a\\r\\nb\\u2028c\\x85d\\x9be"),
        ("\u202eevil", "\\u202eevil"),
    ],
)
def test_control_characters_are_written_out(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert has_controls(text) is (text != expected)


@given(st.text())
def test_what_is_shown_has_no_controls_and_stays_as_it_is(text: str) -> None:
    assert not has_controls(shown(text))
    assert shown(shown(text)) == shown(text)


@pytest.mark.parametrize("journal", [True, False])
def test_a_log_line_is_one_line_whatever_it_quotes(journal: bool) -> None:  # noqa: FBT001
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter("text", journal=journal))
    record = logging.LogRecord("n", logging.WARNING, "", 0, "refused: %s", ("\x1b[2J\nx",), None)
    handler.handle(record)
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("kind", ["text", "json"])
def test_neither_a_traceback_nor_json_lines_have_controls(kind: LogFormat) -> None:
    try:
        raise ValueError(EVIL)  # noqa: TRY301
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("n", logging.ERROR, "", 0, "refused: %s", (EVIL,), raised)
    line = formatter(kind, journal=False).format(record)
    assert not has_controls(line, lines=True)
    if kind == "json":
        assert json.loads(line)["message"] == f"refused: {EVIL}"


@given(st.text())
def test_a_json_document_stays_the_same(text: str) -> None:
    written = shown_json(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert json.loads(written) == {text: [text]}
    assert not has_controls(written, lines=True)


def test_marks_of_left_and_right_belong_to_a_name() -> None:
    assert not has_controls("\u05d0\u200f-1")
