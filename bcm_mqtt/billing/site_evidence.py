"""The evidence of one site: its keys, heads of its chain, what it handed out, checks of files."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace

from bcm_mqtt.billing.evidence.checked import Checked
from bcm_mqtt.billing.evidence.handed_out import note_file
from bcm_mqtt.billing.evidence.keys import (
    KeyFile,
    Signer,
    is_public_key,
    make_keys,
    read_keys,
    rotate_keys,
)
from bcm_mqtt.billing.evidence.statements import Head, bill_statement, noted_in
from bcm_mqtt.billing.evidence.time_stamps import TimeStampService
from bcm_mqtt.billing.evidence.trust import Evidence, Trust
from bcm_mqtt.billing.file_check import FileCheck
from bcm_mqtt.billing.issue import Outcome, Verification, verify
from bcm_mqtt.billing.issue.document import issued_of
from bcm_mqtt.billing.issue.drafting import Drafting, site_drafts
from bcm_mqtt.billing.reports.formats import MonthReports
from bcm_mqtt.config import FollowedSettings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import BcmError, InputError, WorkError
from bcm_mqtt.store import BillingStore, DatabaseAwayError


class SiteEvidence:
    """What proves that the bills of a site are as they were issued; safe in several threads.

    Each call raises InputError where a file or the request is wrong, and WorkError where the
    database or the file of the keys failed.
    """

    def __init__(
        self,
        store: BillingStore,
        settings: FollowedSettings,
        clock: Clock,
        drafting: Drafting = site_drafts,
    ) -> None:
        """Touches nothing yet.

        Args:
            store: Of the site.
            settings: Say where the file of the keys is.
            clock: The present.
            drafting: Makes the drafts that issued bills are compared with.
        """
        self._drafting = drafting
        self._store = store
        self._settings = settings
        self._clock = clock

    def keys(self) -> KeyFile | None:
        """The signing keys; None where none was made."""
        return read_keys(self._settings.current().signing_key)

    def public_key(self) -> str:
        """Of the key that signs; "" where there is none, or none that may be read here."""
        with suppress(BcmError):
            keys = self.keys()
            return keys.signer.public_key if keys else ""
        return ""

    def signer(self) -> Signer:
        """Signs bills that are being issued; the first key is made for the first of them."""
        return (self.keys() or self._first_keys()).signer

    def new_key(self) -> KeyFile:
        """Makes a key that signs from the next bill on, and retires the last one."""
        following = self._store.bills.last_issued()[0] + 1
        keys = self.keys()
        if keys is None:
            return make_keys(self._settings.current().signing_key, following, self._clock())
        return rotate_keys(keys, following, self._clock())

    def _first_keys(self) -> KeyFile:
        file = self._settings.current().signing_key
        if self._store.bills.is_signed():
            raise WorkError(
                f"{file}: the signing key is missing, but earlier bills are signed: restore it "
                "from a backup, or begin another: bcm-mqtt bill key --new"
            )
        return make_keys(file, self._store.bills.last_issued()[0] + 1, self._clock())

    def evidence(self, noted: str = "", public_keys: Collection[str] = ()) -> Evidence:
        """What stored bills are held against.

        Args:
            noted: A text with heads of the chain, or "".
            public_keys: Believed instead of those of the site's file.
        """
        public_keys = [key.replace("\u200b", "").strip() for key in public_keys]  # as PDFs have it
        for key in public_keys:
            if not is_public_key(key):
                expected = "expected a key as it is printed on bills, 44 characters"
                raise InputError.of(f"--public-key {key!r}: {expected}")
        keys = None if public_keys else self.keys()
        trust = Trust.of(keys, public_keys, str(self._settings.current().signing_key))
        return Evidence(trust, noted_in(noted), self._service())

    def _service(self) -> TimeStampService | None:
        configured = self._settings.current().time_stamps
        return TimeStampService(configured.url, configured.ca) if configured else None

    def stamped(self, outcome: Outcome, month: Month) -> Outcome:
        """What was issued, and had stamped; with a warning where that failed."""
        missing = self.stamp(month) if outcome.issued else ""
        return replace(outcome, warnings=(*outcome.warnings, missing)) if missing else outcome

    def stamp(self, month: Month) -> str:
        """Has the last bill of a month stamped, unless it is; why it could not be, or ""."""
        service, entry = self._service(), self._store.bills.last_of(month)
        if service is None or entry is None or entry.number in self._store.time_stamps.all():
            return ""
        try:
            made = service.stamp(bill_statement(entry.number, entry.sha256))
        except WorkError as error:
            return f"{error} (bcm-mqtt bill head {month} requests it again)"
        self._store.time_stamps.add(entry.number, made.stamped, made.token)
        return ""

    def verify(self, month: Month | None, evidence: Evidence | None = None) -> Verification:
        """Checks all bills, and recalculates those of a month or of all months."""
        terms, evidence = self._settings.current().terms, evidence or self.evidence()
        return verify(self._store, terms, self._clock(), month, evidence, self._drafting)

    def head(self, month: Month) -> Head | None:
        """The head of the chain with the bills of a month; None where none was issued."""
        entry = self._store.bills.last_of(month)
        if entry is None:
            return None
        try:
            audit = issued_of(entry).audit_sha256
        except ValueError as error:
            message = f"bill {entry.number}: {error}: see bcm-mqtt bill verify"
            raise WorkError(message) from None
        return Head(entry.number, entry.sha256, audit, self._store.ledger.part.seller)

    def head_text(self, month: Month) -> str:
        """The head of the chain with the bills of a month; "" where none was issued."""
        found = self.head(month)
        return found.text if found else ""

    def handing_out(self, site: SiteMonth) -> Callable[[Bill | None, str, bytes], None]:
        """Notes the files of a month as they are handed out, those of issued bills alone."""
        signer: Signer | None = None
        with suppress(BcmError):  # whoever may not read the key may still have the file
            keys = self.keys()
            signer = keys.signer if keys else None

        def note(bill: Bill | None, form: str, content: bytes) -> None:
            if all(one.issue for one in ((bill,) if bill else site.bills)):
                with suppress(DatabaseAwayError):  # it can be printed again, and compared
                    note_file(self._store, signer, self._clock, (site, bill), (form, content))

        return note

    def check_file(
        self,
        content: bytes,
        reports: Callable[[SiteMonth], MonthReports],
        number: str = "",
        sees: Callable[[str], bool] = lambda _customer: True,
    ) -> tuple[Checked, ...]:
        """Compares a file with what was issued.

        Args:
            content: Of the file.
            reports: What the reports of a month are made of.
            number: Of the bill that it is said to be, as printed; "" takes what the file says.
            sees: Whether the bills of a customer are shown to whoever asks.
        """
        return FileCheck(self._store, self.evidence().trust, reports, sees).check(content, number)
