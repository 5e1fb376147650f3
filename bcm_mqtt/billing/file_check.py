"""Compares a file with what was issued: first its bytes, then what it shows.

Whatever the file says about itself is a claim: the number that it prints decides only with which
stored bill it is compared, and that bill is checked before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from bcm_mqtt.billing.evidence.checked import Checked, Verdict
from bcm_mqtt.billing.evidence.statements import file_statement
from bcm_mqtt.billing.evidence.trust import Trust
from bcm_mqtt.billing.evidence.visible import (
    Picture,
    Shown,
    differences,
    form_of,
    pages_that_differ,
    shown_by,
    text_sha256,
)
from bcm_mqtt.billing.issue.document import chained, issued_of
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import FORMATS, MonthReports
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.store import BillEntry, BillingStore, HandedOut

LARGEST_FILE: Final = 20_000_000
"""Bytes, at the command line; the page takes less."""
_FORMS: Final = {"xml": ("greenbutton",), "pdf": ("pdf", "facturx")}
"""Report formats by what a file looks like, where they have another name."""
_ROOTS: Final = {
    b":CrossIndustryInvoice": Profile.XRECHNUNG.value,
    b"urn:oasis:names:specification:ubl": Profile.UBL.value,
}
"""What names the root of a structured invoice."""
_HEAD_OF_XML: Final = 2000
"""Bytes in which it stands."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Checks files against the bills of a site.

    Attributes:
        store: With the bills.
        trust: In which keys.
        reports: What the reports of a month are made of.
        sees: Whether the bills of a customer are shown to whoever asks; those of others are
            unknown to him.
    """

    store: BillingStore
    trust: Trust
    reports: Callable[[SiteMonth], MonthReports]
    sees: Callable[[str], bool]

    def check(self, content: bytes, number: str = "") -> tuple[Checked, ...]:
        """The bills in a file, each with the verdict.

        Args:
            content: Of the file.
            number: Of the bill that it is said to be, as printed; "" takes what the file says.

        Raises:
            WorkError: the database failed, or a program that reads files.
        """
        digest = sha256(content).hexdigest()
        known = self.store.files.known(digest)
        if known and self._is_believed(known) and (checked := self._of_bytes(known)):
            return (checked,)
        form = form_of(content)
        if not form:
            expected = "expected PDF, HTML, JSON, CSV, XLSX or XML"
            return (Checked(Verdict.UNKNOWN, 0, f"The file is of no format of bills: {expected}."),)
        try:
            shown = shown_by(content)
        except ValueError as error:
            return (Checked(Verdict.UNKNOWN, 0, f"The file cannot be read: {error}."),)
        numbers = [number] if number else list(shown.words)
        return tuple(self._of_bill(one, content, shown) for one in numbers) or (_unknown(""),)

    def _is_believed(self, known: HandedOut) -> bool:
        """Whether the site has signed that it handed a file out of the bill as it is stored now.

        Anybody who has the database can add a row, and can change the bill of one.
        """
        entry = self.store.bills.entry(known.bill) if known.bill else None
        named = (entry.number, entry.sha256) if entry else None
        statement = file_statement(known.sha256, known.month, named, known.form, known.text_sha256)
        return self.trust.is_by_the_site(known.signature, statement)

    def _of_bytes(self, known: HandedOut) -> Checked | None:
        """Of a file that was handed out; None where whoever asks may not know of it."""
        if known.bill is None:
            what = f"The file is the report of {known.month} as it was handed out, byte for byte."
            return Checked(Verdict.ISSUED, 0, what) if self.sees("") else None
        if not (entry := self._entry(known.bill)):
            return None
        return self._fault(entry) or _issued(entry, "as it was handed out, byte for byte")

    def _of_bill(self, number: str, content: bytes, shown: Shown) -> Checked:
        entry = self._visible(self.store.bills.numbered(number)) if number else None
        if not entry:
            return _unknown(number)
        if fault := self._fault(entry):
            return fault
        printed = list(self._printed(issued_of(entry).bill, _forms_of(content, shown.form)))
        if any(one == content for one in printed):
            return _issued(entry, "byte for byte")
        words = shown.words.get(number) or shown.only_words
        if not words:
            which = f"The file is not bill {entry.printed} byte for byte"
            what = f"{which}; of this format only bytes count."
            return Checked(Verdict.DIFFERS, entry.number, what)
        return self._compared(entry, words, shown.pictures, [shown_by(one) for one in printed])

    def _compared(
        self,
        entry: BillEntry,
        words: Sequence[str],
        pictures: Sequence[Picture],
        printed: Sequence[Shown],
    ) -> Checked:
        """By what it shows, with the bill as it is printed before and after it was replaced."""
        found = [(tuple(differences(words, one.only_words)), one) for one in printed]
        where, closest = min(found, key=lambda one: len(one[0]), default=((), Shown("", {})))
        if where:
            handed_out = self.store.files.with_text(text_sha256(words))
            if any(one.bill == entry.number and self._is_believed(one) for one in handed_out):
                return _same(entry, " This version prints it differently, so only words count.")
            return _differs(entry, where)
        if pages := pages_that_differ(pictures, closest.pictures):
            named = ", ".join(map(str, pages))
            return _differs(
                entry, (f"its words are those of the bill, but page {named} looks different",)
            )
        return _same(entry)

    def _entry(self, number: int) -> BillEntry | None:
        return self._visible(self.store.bills.entry(number))

    def _visible(self, entry: BillEntry | None) -> BillEntry | None:
        return entry if entry and self.sees(entry.customer) else None

    def _fault(self, entry: BillEntry) -> Checked | None:
        """What is wrong with a stored bill, against which nothing can be held then."""
        what = ""
        digest = chained(entry.previous_sha256, entry.document)
        if digest != entry.sha256:
            what = "its document or its hash was changed"
        else:
            try:
                issue = issued_of(entry).bill.issue
            except ValueError as error:
                what = f"its document cannot be read: {error}"
            else:
                public_key = issue.public_key if issue else ""
                what = self.trust.fault(entry.number, digest, public_key, entry.signature)
        if not what:
            return None
        said = f"The stored bill {entry.printed} cannot be relied on: {what}."
        return Checked(Verdict.FAULTY, entry.number, said)

    def _printed(self, bill: Bill, forms: Sequence[str]) -> Iterator[bytes]:
        """A bill in a format, as it was printed before and after a later one has replaced it."""
        for form in forms:
            if form not in FORMATS:
                continue
            for status in (BillStatus.ISSUED, BillStatus.SUPERSEDED):
                printed = replace(bill, status=status)
                site = SiteMonth(bill.month, bill.start, bill.end, (printed,), ())
                reports = self.reports(site).of_one_bill()
                try:
                    yield from (content for _name, content in month_files(reports, [form]))
                except (InputError, WorkError):  # the bill is not in this format
                    continue


def _forms_of(content: bytes, looks_like: str) -> Sequence[str]:
    """The report formats that a file may be of."""
    if looks_like == "xml":
        begin = content[:_HEAD_OF_XML]
        for root, form in _ROOTS.items():
            if root in begin:
                return (form,)
    return _FORMS.get(looks_like, (looks_like,))


def _issued(entry: BillEntry, how: str) -> Checked:
    what = f"The file is bill {entry.printed} {how}.{_since(entry)}"
    return Checked(Verdict.ISSUED, entry.number, what)


def _same(entry: BillEntry, how: str = "") -> Checked:
    what = (
        f"The file shows bill {entry.printed} as it was issued, in other bytes: it was saved again "
        f"or made again.{how}{_since(entry)}"
    )
    return Checked(Verdict.SAME, entry.number, what)


def _differs(entry: BillEntry, where: tuple[str, ...]) -> Checked:
    what = f"The file is not bill {entry.printed} as it was issued.{_since(entry)}"
    return Checked(Verdict.DIFFERS, entry.number, what, where)


def _since(entry: BillEntry) -> str:
    signed = "" if entry.signature else " The bill is not signed."
    stands = not entry.superseded or issued_of(entry).bill.is_credit_note
    replaced = "" if stands else " A later revision has replaced it."
    return signed + replaced


def _unknown(number: str) -> Checked:
    says = f" It says that it is bill {number}." if number else ""
    what = f"The file is of no bill that is known here.{says}"
    return Checked(Verdict.UNKNOWN, 0, what)
