"""The files of a month's reports: in a folder, as one ZIP next to it, or handed out one by one."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from re import sub
from typing import Final
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.errors import WorkError

_SUMMARY: Final = "summary"
_ALL: Final = "bills"
_LONGEST_NAME: Final = 50
"""Of a file, in characters, without digest and suffix; file systems end at 255 bytes."""
_DIGEST_DIGITS: Final = 8
_UNSAFE: Final = r"[^\w.-]"
"""In a number as it is printed."""
_RESERVED: Final = frozenset(
    {_SUMMARY, _ALL, "con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789\u00b9\u00b2\u00b3"}
)
"""Names of our own files, and those that Windows takes for devices whatever their suffix is."""
_READABLE: Final = 0o644 << 16


def month_files(reports: MonthReports, forms: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The files of a month, name and content.

    Args:
        reports: What they are made of.
        forms: Some of FORMATS.
    """
    names = file_names(reports.site)
    for name in forms:
        form = FORMATS[name]
        if form.bill:
            for bill in filter(form.has, reports.documents):
                content = _bytes(form.bill(bill, reports))
                reports.handing_out(bill, name, content)
                yield f"{names[bill.customer.id]}{_document(bill)}.{form.suffix}", content
        yield from _of_site(reports, name)


def bill_file(reports: MonthReports, form: str, bill: Bill) -> tuple[str, bytes]:
    """Name and content of the report of one of a month's bills.

    Raises:
        KeyError: the format has no file for each bill.
    """
    chosen = FORMATS[form]
    if chosen.bill is None:
        raise KeyError(form)
    name = file_names(reports.site)[bill.customer.id]
    content = _bytes(chosen.bill(bill, reports))
    reports.handing_out(bill, form, content)
    return f"{name}.{chosen.suffix}", content


def site_file(reports: MonthReports, form: str) -> tuple[str, bytes]:
    """Name and content of the report of the whole month: its summary, or all bills in one.

    Raises:
        KeyError: there is no such format, or it has none.
    """
    for file in _of_site(replace(reports, whole=True), form):
        return file
    raise KeyError(form)


def _of_site(reports: MonthReports, name: str) -> Iterator[tuple[str, bytes]]:
    form = FORMATS[name]
    if form.summary and reports.whole:
        names = file_names(reports.site).items()
        pages = {customer: f"{file}.{form.suffix}" for customer, file in names}
        content = _bytes(form.summary(reports, pages))
        reports.handing_out(None, name, content)
        yield f"{_SUMMARY}.{form.suffix}", content
    if form.all:
        content = _bytes(form.all(reports))
        reports.handing_out(reports.only_bill, name, content)
        yield f"{_ALL}.{form.suffix}", content


def _document(bill: Bill) -> str:
    """What sets a credit note apart from the bill of the same customer."""
    issue = bill.issue
    return f"-credit-note-{sub(_UNSAFE, '-', issue.text)}" if issue and bill.is_credit_note else ""


def _bytes(content: str | bytes) -> bytes:
    """In UTF-8; half a surrogate pair, which JSON may bring along, is no text."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "replace")


def count_files(reports: MonthReports, forms: Sequence[str]) -> int:
    """How many files `month_files` gives."""
    return sum(
        sum(map(form.has, reports.documents)) * bool(form.bill)
        + bool(form.summary and reports.whole)
        + bool(form.all)
        for form in (FORMATS[name] for name in forms)
    )


def file_names(site: SiteMonth) -> dict[str, str]:
    """File names by customer id: valid on every system, and a name is never another customer's.

    An id that can be a file name is it. Of any other, and of ids that differ by case only, the name
    ends with a part of the id's SHA-256, so that it does not depend on who else has a bill.
    """
    ids = [bill.customer.id for bill in site.bills]
    folded = Counter(map(str.casefold, ids))
    return {
        customer: _file_name(customer, alone=folded[customer.casefold()] == 1) for customer in ids
    }


def _file_name(customer: str, *, alone: bool) -> str:
    plain = sub(r"[^\w.-]+", "_", normalize("NFC", customer)).strip("._-")[:_LONGEST_NAME]
    reserved = plain.split(".")[0].lower() in _RESERVED
    if alone and plain == customer and not reserved:
        return plain
    digest = sha256(customer.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_DIGITS]
    return "-".join(filter(None, ("customer" if reserved or not plain else plain, digest)))


def write_month(
    reports: MonthReports, forms: Sequence[str], output: Path, *, zipped: bool = False
) -> Iterator[Path]:
    """Writes files into a folder named after the month; yields each when it is written.

    A file that was there is replaced in one step.

    Args:
        reports: What they are made of.
        forms: Some of FORMATS.
        output: The folder's parent.
        zipped: Whether to write all of them also into a ZIP next to the folder.

    Raises:
        WorkError: a file cannot be written.
    """
    folder = output / str(reports.site.month)
    packed = output / f"{reports.site.month}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if zipped:
            with _replacing(packed) as unfinished, ZipFile(unfinished, "w") as archive:
                yield from _written(_packed(month_files(reports, forms), folder, archive), folder)
            yield packed
        else:
            yield from _written(month_files(reports, forms), folder)
    except OSError as error:
        where = error.filename or folder
        raise WorkError(f"{where}: cannot be written: {error.strerror}") from error


def zip_parts(folder: str, files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP in pieces, one for each file: of a large site it is never whole in memory.

    Args:
        folder: That the files are in.
        files: Name and content.
    """
    passed = _Passed()
    with ZipFile(passed, "w") as archive:
        for name, content in files:
            archive.writestr(_zip_entry(folder, name), content)
            yield passed.take()
    yield passed.take()


class _Passed:
    """What a ZIP is written to; it cannot go back, and holds nothing that was taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Holds it until it is taken."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush to."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        """What was written since."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _written(files: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[Path]:
    for name, content in files:
        with _replacing(folder / name) as unfinished:
            unfinished.write_bytes(content)
        yield folder / name


def _packed(
    files: Iterable[tuple[str, bytes]], folder: Path, archive: ZipFile
) -> Iterator[tuple[str, bytes]]:
    """Passes files on, each after it is in the archive."""
    for name, content in files:
        archive.writestr(_zip_entry(folder.name, name), content)
        yield name, content


def _zip_entry(folder: str, name: str) -> ZipInfo:
    """Of a file in a folder, with a time that is always the same."""
    entry = ZipInfo(f"{folder}/{name}")
    entry.external_attr = _READABLE
    entry.compress_type = ZIP_DEFLATED
    return entry


@contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """A file next to it that replaces it when it is finished, and else is removed."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
