"""Every log line of the package, once held back, is still written with its figures."""

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bcm_mqtt.cli.services.log import Quiet
from unit.cli.services.test_quiet import Noting

PACKAGE = Path(__file__).parents[4] / "bcm_mqtt"
PLACE = re.compile(r"%(?:[.\d]*)([sdfrx%])")


def texts() -> Iterator[str]:
    """The text of each call of a logger, as it stands in the code."""
    code = (file.read_text("utf-8") for file in sorted(PACKAGE.rglob("*.py")))
    for logging_code in (text for text in code if "_LOG" in text):
        for node in ast.walk(ast.parse(logging_code)):
            match node:
                case ast.Call(ast.Attribute(ast.Name("_LOG")), [ast.Constant(str(text)), *_]):
                    yield text


TEXTS = sorted({*texts()})


def test_they_are_found() -> None:
    assert len(TEXTS) > 40
    assert "%s: %s" in TEXTS


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("same", [True, False], ids=["the same", "of a kind"])
def test_a_line_that_was_held_back_has_its_figures(text: str, *, same: bool) -> None:
    written, now_s = Noting(), [0.0]
    quiet = Quiet(written, lambda: now_s[0], lambda _seconds, _call: None)
    kinds = [kind for kind in PLACE.findall(text) if kind != "%"]
    for number in range(30):
        figures = tuple("dc1" if kind in "sr" else 7 if same else number for kind in kinds)
        record = logging.LogRecord("test", logging.WARNING, "", 1, text, figures, None)
        quiet.handle(record)
    now_s[0] = 61
    quiet.close()
    assert len(written.lines) in {2, 21}
    assert written.lines[-1].startswith(f"{record.getMessage()} (")
