"""Sending and exporting the bills of one site, at the page or at the command line."""

from collections.abc import Callable, Iterable

from bcm_mqtt.billing.delivery.mailing import MailRoom, Posted
from bcm_mqtt.billing.delivery.month_delivery import (
    ACCOUNTING,
    Delivered,
    accounting_content,
    delivered,
    posted_sentences,
)
from bcm_mqtt.billing.reports.formats import MonthReports, ReportFile
from bcm_mqtt.config import AccountingTemplate, FollowedSettings
from bcm_mqtt.config.accounting_template import Form
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore, fates_of

_Progress = Callable[[int, int], None]


def _named(month: Month, form: Form, template: AccountingTemplate) -> tuple[str, str]:
    """Name and media type of an export; that of DATEV begins as DATEV asks for it."""
    if form == "jsonl":
        return f"{month}-{ACCOUNTING}.jsonl", "application/x-ndjson"
    if form == "datev":
        return f"EXTF_Buchungsstapel_{month}.csv", "text/csv; charset=cp1252"
    kind = ACCOUNTING if form == "csv" else form
    return f"{month}-{kind}.csv", f"text/csv; charset={template.encoding}"


class SiteDelivery:
    """Where the issued bills of a site go on from; every call may take seconds.

    Each raises InputError where the files are wrong or nothing is configured, and WorkError where
    the database failed.
    """

    def __init__(
        self,
        store: BillingStore,
        settings: FollowedSettings,
        clock: Clock,
        reports: Callable[[SiteMonth], MonthReports],
        head: Callable[[Month], str],
    ) -> None:
        """Does not touch the database yet.

        Args:
            store: Of the site.
            settings: Of the site.
            clock: The present.
            reports: What the reports of a month are made of.
            head: Gives the head of the chain with the bills of a month, as text.
        """
        self._store = store
        self._settings = settings
        self._clock = clock
        self._reports = reports
        self._head = head

    def mail_room(self, *, resend: bool) -> MailRoom:
        """Where the letters of issued bills are written and sent.

        Args:
            resend: Whether those who have got a letter get it again.
        """
        settings = self._settings.current()
        if settings.mail is None:
            message = "expected host and sender, to mail bills"
            raise InputError.of(message, source=str(settings.file), key="mail")
        log = self._store.mails
        return MailRoom(
            settings, settings.mail, self._reports, log, self._clock, self._head, resend
        )

    def send(self, bills: Iterable[Bill], progress: _Progress) -> tuple[str, ...]:
        """Mails issued bills to whoever has not got them; returns what became of that, for people.

        Args:
            bills: The latest revisions of a month.
            progress: Gets bills done and bills in all; raises to end the work before the next
                mail is sent.
        """
        room, listed = self.mail_room(resend=False), list(bills)
        posted = list[Posted]()
        progress(0, len(listed))
        for done, bill in enumerate(listed, 1):
            letters = [letter for letter in room.letters([bill]) if letter.attachments]
            posted += room.send(letters)
            progress(done, len(listed))
        return tuple(posted_sentences(posted))

    def accounting(
        self,
        month: Month,
        bills: list[Bill],
        form: Form | None = None,
        template: AccountingTemplate | None = None,
    ) -> ReportFile:
        """Bills of a month for accounting systems; that it was exported is noted.

        Args:
            month: Of the bills.
            bills: Issued ones with their revisions, or drafts, of which nothing is noted.
            form: What is written; None is as the template says.
            template: None is the site's.
        """
        if not bills:
            raise InputError.of(f"no bill of {month} is issued: there is nothing to export")
        settings = self._settings.current()
        chosen = template or settings.accounting
        form = form or chosen.form
        content = accounting_content(bills, settings, chosen, form, self._clock())
        site = SiteMonth(month, bills[0].start, bills[0].end, tuple(bills), ())
        self._reports(site).handing_out(None, ACCOUNTING, content)
        name, media = _named(month, form, chosen)
        return ReportFile(name, media, content)

    def delivered(self, month: Month, bills: Iterable[Bill]) -> Delivered:
        """How far the bills of a month have got.

        Args:
            month: Of the bills.
            bills: The latest revisions; those that are not issued do not count.
        """
        exported = self._store.files.last(month, ACCOUNTING)
        fates = fates_of(self._store.mails.all())
        return delivered(
            bills, self._settings.current(), fates, exported.made if exported else None
        )
