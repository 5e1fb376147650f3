"""The texts of the Typst templates, each in `tr("...")`, and what they are in a language."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from bcm_mqtt.languages import ENGLISH, language, translated

TEMPLATES: Final = Path(__file__).parent / "templates"
_TEXT: Final = re.compile(r'\btr\("((?:[^"\\]|\\.)*)"')


def texts_in(source: str) -> Iterator[str]:
    """The English texts of a template."""
    for found in _TEXT.finditer(source):
        yield found[1].replace('\\"', '"').replace("\\\\", "\\")


def texts_now() -> Mapping[str, str]:
    """What they are in the language that is spoken, by their English."""
    return {} if language() == ENGLISH else {text: translated(text) for text in _texts()}


@cache
def _texts() -> tuple[str, ...]:
    files = sorted(TEMPLATES.glob("*.typ"))
    return tuple({text: None for file in files for text in texts_in(file.read_text("utf-8"))})
