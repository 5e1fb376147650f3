"""What a file shows: its words bill by bill, and of a PDF its pages as pictures too.

Of a PDF that is what its pages show, not what is attached to it or hidden in it. Of a workbook it
is its cells, with formulas and with what hides them. Of HTML, XML, CSV and JSON it is the whole
text, since a style or a script may change what is shown.
"""

import csv
import io
import json
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import Any, Final
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from bcm_mqtt.billing.evidence import pdf_reading, xlsx_reading
from bcm_mqtt.errors import WorkError
from bcm_mqtt.languages import LANGUAGES, _, speaking

_LONGEST_S: Final = 30
_NUMBER_OF_SHEET: Final = re.compile(r"^Number\t(\S{1,40})$", re.MULTILINE)
_NUMBER_OF_INVOICE: Final = re.compile(
    r"<(?:\w+:)?(?:ExchangedDocument|ProfileID>[^<]*</(?:\w+:)?ProfileID)>\s*<(?:\w+:)?ID>([^<]{1,40})</"
)
"""Of CII, and of UBL."""
_SOFTWARE: Final = re.compile(r"\bbcm-mqtt \d\S*")
"""The version of the program that made a report is not what a bill says."""
_BREAK: Final = "\u200b"
"""Where reports let long words break."""
_TAG: Final = re.compile(r"<[^<>]*>")
_MOST_BILLS: Final = 2500
_LONGEST_CELL: Final = 100_000
"""The limit of csv itself is one for all that read any, and others set it."""
_DIGITS: Final = 9
"""Of a place in the chain of bills."""
_NUMBER: Final = r"\d{1,9}|(?=[\w./-]*\d)[A-Za-z0-9][A-Za-z0-9./_-]{0,38}[A-Za-z0-9]"
"""Of a bill, as it is printed."""
_MOST_COMPARED: Final = 2000
"""Words between the first and the last that differ."""
_BLOCK: Final = 6
"""Pixels of the squares that pictures are compared by: about a digit."""
_DIFFERENT: Final = 40
"""Of 255, mean of a square."""

_ONE_AT_A_TIME: Final = Lock()
"""PDFium is not made for several threads."""
Picture = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file shows.

    Attributes:
        form: Format, or "" of one that is not known.
        words: By the number of the bill that it says it is, as that is printed; "" where it says
            none.
        pictures: Pages of a PDF, in grey.
    """

    form: str
    words: dict[str, tuple[str, ...]]
    pictures: tuple[Picture, ...] = ()

    @property
    def only_words(self) -> tuple[str, ...]:
        """Of a file of one bill."""
        return next(iter(self.words.values()), ())


def form_of(content: bytes) -> str:
    """The format of a file by how it begins; "" of others than reports have."""
    begin = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = {
        b"%pdf-": "pdf",
        b"pk\x03\x04": "xlsx",
        b"{": "json",
        b"<!doctype html": "html",
        b"<?xml": "xml",
        b"month,customer,": "csv",
    }
    return next((form for start, form in starts.items() if begin.startswith(start)), "")


def shown_by(content: bytes) -> Shown:
    """What a file shows; nothing of a format without a text of its own.

    Raises:
        ValueError: it cannot be read as what it seems to be.
        WorkError: the program that reads such files failed.
    """
    form = form_of(content)
    if form == "pdf":
        return _of_pdf(content)
    if form == "xlsx":
        return _of_xlsx(content)
    if not form:
        return Shown(form, {})
    text = content.decode("utf-8-sig")
    try:
        words = {"json": _of_json, "csv": _of_csv}.get(form, _of_markup)(text)
    except (RecursionError, csv.Error) as error:
        raise ValueError(str(error)) from error
    if len(words) > _MOST_BILLS:  # each is looked up
        raise ValueError(f"it has {len(words):,} bills: expected at most {_MOST_BILLS:,}")
    return Shown(form, words)


def words_of_our_pdf(content: bytes) -> tuple[str, ...]:
    """The words of a PDF that this program has made, read in this process."""
    from pypdfium2 import PdfDocument  # noqa: PLC0415 - only who has made one needs it

    with _ONE_AT_A_TIME, closing(PdfDocument(content)) as document:
        texts = []
        for page in document:
            with closing(page), closing(page.get_textpage()) as text:
                texts.append(text.get_text_bounded())
    return _words("\n".join(texts))


def text_sha256(words: Sequence[str]) -> str:
    """SHA-256 of words, hexadecimal: the same however they are set."""
    return sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def differences(shown: Sequence[str], issued: Sequence[str], most: int = 8) -> Iterator[str]:
    """Where words are not those that were issued, in sentences.

    Args:
        shown: Of the file.
        issued: Of the bill as it is stored.
        most: How many places to name.
    """
    begin = _same_length(shown, issued)
    end = _same_length(shown[begin:][::-1], issued[begin:][::-1])
    has, was = shown[begin : len(shown) - end], issued[begin : len(issued) - end]
    if max(len(has), len(was)) > _MOST_COMPARED:
        places = [[0, len(has), 0, len(was)]]
    else:  # quadratic in the worst case, which somebody may have made
        steps = SequenceMatcher(None, has, was, autojunk=False).get_opcodes()
        places = [place for step, *place in steps if step != "equal"]
    for first, last, first_issued, last_issued in places[:most]:
        before = " ".join(issued[max(0, begin + first_issued - 3) : begin + first_issued])
        yield (
            f"after “{before}” the file has {_quoted(has[first:last])}, "
            f"issued was {_quoted(was[first_issued:last_issued])}"
        )
    if len(places) > most:
        yield f"and {len(places) - most} other places differ"


def _same_length(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    unequal = (at for at, (word, another) in pairs if word != another)
    return next(unequal, min(len(one), len(other)))


def _quoted(words: Sequence[str], most: int = 6) -> str:
    """Some words, or `nothing`."""
    more = f" and {len(words) - most} more words" if len(words) > most else ""
    return f"“{' '.join(words[:most])}”{more}" if words else "nothing"


def pages_that_differ(shown: Sequence[Picture], issued: Sequence[Picture]) -> list[int]:
    """Numbers of pages that look different, from 1."""
    pages = max(len(shown), len(issued))
    return [
        page + 1
        for page in range(pages)
        if page >= min(len(shown), len(issued)) or _look_different(shown[page], issued[page])
    ]


def _look_different(one: Picture, other: Picture) -> bool:
    if one.shape != other.shape:
        return True
    apart = np.abs(one - other)
    height, width = (length // _BLOCK * _BLOCK for length in apart.shape)
    squares = apart[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return bool(squares.mean(axis=(1, 3)).max(initial=0) > _DIFFERENT)


def _read_alone(reader: str | None, content: bytes, expected: str) -> Any:  # noqa: ANN401 - JSON
    """What a program of its own, with limits, reads of a file that may hurt it."""
    command = [sys.executable, "-I", str(reader)]
    try:
        # The program is ours, and gets the file as data.
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError("it takes too long to read") from None
    except OSError as error:
        raise WorkError(f"the program that reads files cannot be started: {error}") from error
    if done.returncode:
        raise ValueError(f"it is no {expected}")
    return json.loads(done.stdout)


def _of_xlsx(content: bytes) -> Shown:
    size = f"{xlsx_reading.MOST_BYTES // 1_000_000} MB, unpacked"
    text = "\n".join(_read_alone(xlsx_reading.__file__, content, f"workbook of at most {size}"))
    match = _NUMBER_OF_SHEET.search(text)
    return Shown("xlsx", {match[1] if match else "": _words(text)})


def _of_pdf(content: bytes) -> Shown:
    most = f"PDF of at most {pdf_reading.MOST_PAGES} pages of A4 or Letter"
    pages = _read_alone(pdf_reading.__file__, content, most)
    text = "\n".join(page["text"] for page in pages)
    pictures = tuple(
        np.frombuffer(b64decode(page["picture"]), np.uint8)
        .reshape(page["height"], page["width"])
        .astype(np.int16)
        for page in pages
    )
    return Shown("pdf", {_number_in(text): _words(text)}, pictures)


def _of_markup(text: str) -> dict[str, tuple[str, ...]]:
    if invoice := _NUMBER_OF_INVOICE.search(text):
        return {_number(invoice[1]): _words(text)}
    return {_number_in(_TAG.sub(" ", text)): _words(text)}


def _of_json(text: str) -> dict[str, tuple[str, ...]]:
    data = json.loads(text)
    bills = data.get("bills") if isinstance(data, dict) else None
    if not isinstance(bills, list):
        raise ValueError("expected a JSON report with bills")  # noqa: TRY004 - of a file
    words: dict[str, tuple[str, ...]] = {}
    for bill in bills:
        number = bill.get("number") if isinstance(bill, dict) else None
        written = json.dumps(bill, sort_keys=True, indent=0, ensure_ascii=False)
        words[_number(str(number)) if type(number) is int else ""] = _words(written)
    return words


def _of_csv(text: str) -> dict[str, tuple[str, ...]]:
    words: dict[str, list[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        number = row.get("bill_number") or ""
        cells = [f"{name}={cell}" for name, cell in row.items() if cell and isinstance(cell, str)]
        if max(map(len, cells), default=0) > _LONGEST_CELL:
            raise ValueError(f"a cell has more than {_LONGEST_CELL:,} characters")
        of_bill = words.setdefault(_number(number), [])
        of_bill += _words(" ".join(cells))
    return {number: tuple(some) for number, some in words.items()}


def _number(said: str) -> str:
    """The number of a bill, "" where no bill can have it."""
    is_one = re.fullmatch(_NUMBER, said) and said.strip("0")
    return said if is_one and (not said.isdecimal() or len(said) <= _DIGITS) else ""


def _number_in(text: str) -> str:
    """The number of the bill that a text says it is, "" for none."""
    match = _numbered().search(text)
    return match[1] if match else ""


@cache
def _numbered() -> re.Pattern[str]:
    """What stands before the number of a bill, in each language."""
    words = set[str]()
    for spoken in LANGUAGES:
        with speaking(spoken):
            words.add(re.escape(_("Bill number")))
    return re.compile(rf"\b(?:{'|'.join(sorted(words))})\W+({_NUMBER})(?![\w/-]|\.\w)")


def _words(text: str) -> tuple[str, ...]:
    plain = normalize("NFKC", text).replace(_BREAK, "")
    return tuple(_SOFTWARE.sub("bcm-mqtt", plain).split())
