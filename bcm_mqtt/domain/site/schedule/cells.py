"""Cells of a panel schedule: positions, ratings, poles, phases, and marks for "as above".

Each raises ValueError with what was expected where it cannot read a cell.
"""

import re
from typing import Final

_TYPED: Final = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212\u00d7", "------x")
"""Dashes and signs that word processors put for those of a keyboard."""
_POSITION: Final = re.compile(
    r"(?:ckt|cct|cb|no|nr|q|f|n[°º]|#)?[\s.:-]*([0-9]{1,4}(?:\s*[-+,;/&\s]\s*[0-9]{1,4}){0,2})"
)
_AMPS: Final = r"(?:[bcdkz]\s*)?([0-9]{1,5})(?:[.,]0+)?\s*(?:a|at|amps?|amperes?)?"
_RATING: Final = re.compile(_AMPS)
_RATING_POLES: Final = re.compile(rf"{_AMPS}\s*[-/,\s]\s*([123])(?:\s*-?\s*(?:p|poles?))?")
_POLES_RATING: Final = re.compile(rf"([123])\s*(?:p|poles?|polig|polos?|x|\*)[\s,/-]*{_AMPS}")
_COUNT: Final = re.compile(r"([123])\s*-?\s*(?:p|ph|poles?|polig|polos?|~)?(?:\s*\+?\s*n)?")
_PHASE_COUNT: Final = re.compile(r"([123])\s*(?:~|ph|phases?)")
_PHASE: Final = re.compile(r"l?[123]|[abcrstuvwxyz]")
_VOLTS: Final = re.compile(r"([0-9]{2,5})(?:\.0)?(?:\s*[/-]\s*([0-9]{2,5}))?\s*v?(?:\s*ac)?")
_DITTO: Final = re.compile("[-\"'.|^v\u201d\u2033\u2502\u2191\u2193]+|do|ditto|dito|idem|same|s ?o")
_SPACE: Final = re.compile(
    r"(?:bussed |prepared )?space(?: only)?|blank|empty|not used|frei|leer|leerplatz|vide|libre|"
    r"vac[ií]o"
)
_FORMULA: Final = re.compile(r"[=@+\-]")
_SHEET_ERROR: Final = re.compile(r"#(?:REF|N/A|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC)[!?]?")


def poles_of(text: str) -> tuple[int, ...]:
    """The poles of `7`, `1,3,5`, `1+3` or `1-5`, ascending."""
    found = _POSITION.fullmatch(_typed(text))
    listed = found[1] if found else ""
    numbers = [int(part) for part in re.findall(r"[0-9]+", listed)]
    if len(numbers) == 2 and "-" in listed and abs(numbers[1] - numbers[0]) == 4:
        numbers.append(sum(numbers) // 2)
    if not numbers or len(set(numbers)) < len(numbers):
        message = f"expected a position such as 7, 1,3,5 or 1-5, not {text!r}"
        raise ValueError(message)
    return tuple(sorted(numbers))


def rating_of(text: str) -> tuple[int, int | None]:
    """Amps, and how many poles the cell says it has: `20`, `20 A`, `20/3`, `3P 20 A`, `B16`."""
    typed = _typed(text)
    if found := _RATING.fullmatch(typed):
        return int(found[1]), None
    if found := _RATING_POLES.fullmatch(typed):
        return int(found[1]), int(found[2])
    if found := _POLES_RATING.fullmatch(typed):
        return int(found[2]), int(found[1])
    message = f"expected whole amps such as 20, 20 A, 20/3, 3P 20 A or B16, not {text!r}"
    raise ValueError(message)


def pole_count_of(text: str) -> int:
    """1 to 3, of `2`, `2P` or `3-pole`."""
    if found := _COUNT.fullmatch(_typed(text)):
        return int(found[1])
    message = f"expected how many poles the breaker has, 1, 2 or 3, not {text!r}"
    raise ValueError(message)


def phase_count_of(text: str) -> int:
    """How many phases: of `A`, `L1`, `A-B`, `ABC`, `L1/L2/L3`, `3~`."""
    typed = _typed(text)
    if found := _PHASE_COUNT.fullmatch(typed):
        return int(found[1])
    phases = _PHASE.findall(typed)
    rest = re.sub(r"[\s,;/+&-]", "", _PHASE.sub("", typed))
    if rest or not 1 <= len(phases) <= 3 or len(set(phases)) < len(phases):
        message = f"expected phases such as A, L1, A-B or ABC, not {text!r}"
        raise ValueError(message)
    return len(phases)


def volts_of(text: str) -> tuple[int, ...]:
    """The voltages of `208`, `208 V` or `120/208`."""
    found = _VOLTS.fullmatch(_typed(text))
    if found is None:
        message = f"expected volts such as 208 or 120/208, not {text!r}"
        raise ValueError(message)
    return tuple(int(part) for part in found.groups() if part)


def is_nothing(text: str) -> bool:
    """Whether a cell is empty, or a dash that says so."""
    return not _typed(text).strip("-. ")


def is_ditto(text: str) -> bool:
    """Whether a cell says nothing of its own: nothing, or a reference to the row above."""
    return is_nothing(text) or _DITTO.fullmatch(_typed(text).rstrip(".")) is not None


def is_space(text: str) -> bool:
    """Whether a description says that no breaker is there."""
    return _SPACE.fullmatch(_typed(text)) is not None


def text_problem(text: str) -> str:
    """Why a text is not taken over, or "": a spreadsheet that opens circuits.csv would run it."""
    if is_ditto(text):
        return f"{text!r} refers to the row above: write out what is meant"
    if _FORMULA.match(text):
        return f"begins with {text[0]!r}, which spreadsheets take for a formula: put a word first"
    if _SHEET_ERROR.fullmatch(text):
        return f"{text} is an error of the spreadsheet: mend its formula first"
    return ""


def _typed(text: str) -> str:
    """As a keyboard would have it; each run of spaces is one, which keeps patterns quick."""
    return " ".join(text.translate(_TYPED).casefold().split())
