"""The checklist of a month's end: what is done, what is open, and where one does it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bcm_mqtt.billing.delivery.month_delivery import Delivered
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.pages.words import number, percent, sums, time
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.months.month_on_month import Change
from bcm_mqtt.domain.usage.usage import Coverage
from bcm_mqtt.languages import _, ngettext
from bcm_mqtt.web.billing.month_head import MonthHead

_MOST_NAMES = 5
_CUSTOMERS = "#customers-title"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist.

    Attributes:
        state: `done`, `open`, or `later` where it is not yet or not at all to be done.
        what: What it is about.
        said: How it stands, a sentence.
        do: What opens it is called; "" where there is nothing to open.
        href: Of a link, from the page; "" of a button.
        act: Of a button, what it does.
        count: Of bills that the button is about.
        amount: What they come to.
    """

    state: str
    what: str
    said: str
    do: str = ""
    href: str = ""
    act: str = ""
    count: int = 0
    amount: str = ""


def checklist(head: MonthHead, work: MonthWork, delivered: Delivered | None) -> Iterator[Item]:
    """The lines, in the order in which a month is closed.

    Args:
        head: Of its page.
        work: As it was computed.
        delivered: None where the files or the database do not say it now.
    """
    yield _calculated(head)
    yield _complete(work)
    yield _findings(work, head.month)
    yield _compared(work)
    yield _held(work)
    yield _issued(work, over=head.over)
    if any(bill.issue for bill in work.site.bills):
        yield _unchanged(work)
        if delivered:
            yield _sent(delivered)
            yield _exported(delivered, work, head.month)


def _calculated(head: MonthHead) -> Item:
    what = _("Calculated")
    if head.changed:
        said = _("Something was changed since it was calculated.")
        return Item("open", what, said, _("Process again"), act="process")
    if not head.over:
        return Item("later", what, _("The month has not ended: these are its figures up to now."))
    return Item("done", what, head.made)


def _complete(work: MonthWork) -> Item:
    what, coverage = _("Data complete"), Coverage.total(row.coverage for row in work.site.usage)
    if coverage.missing_hours:
        said = _(
            "%(hours)s circuit-hours are missing, %(share)s of the time. They are not billed.",
            hours=number(coverage.missing_hours),
            share=percent(coverage.missing_hours, coverage.hours),
        )
        return Item("open", what, said, _("Data of the panels"), "#panels-title")
    not_measured = coverage.estimated_hours + coverage.edited_hours
    if not_measured:
        share = percent(not_measured, coverage.hours)
        said = _("%(share)s of the time is estimated or entered by hand.", share=share)
        return Item("done", what, said)
    return Item("done", what, _("All of the time is measured."))


def _findings(work: MonthWork, month: str) -> Item:
    what = _("Findings of validation")
    circuits = {(one.panel, one.poles[:1]) for one in work.drafts.all_findings}
    if not circuits:
        return Item("done", what, _("Validation found nothing."))
    said = ngettext(
        "%(num)s circuit or panel has findings.",
        "%(num)s circuits and panels have findings.",
        len(circuits),
    )
    return Item("open", what, said, _("Findings"), f"{month}/findings")


def _compared(work: MonthWork) -> Item:
    what = _("Compared with the month before")
    if not work.comparisons:
        return Item("later", what, _("No bill of the month before is issued."))
    of = {
        change: [customer for customer, one in work.comparisons.items() if one.change is change]
        for change in Change
    }
    come_and_gone = [
        _("%(names)s: new.", names=_names(of[Change.NEW])) if of[Change.NEW] else "",
        _("%(names)s: ended.", names=_names(of[Change.ENDED])) if of[Change.ENDED] else "",
    ]
    said = _("%(names)s: a jump.", names=_names(jumps)) if (jumps := of[Change.JUMP]) else ""
    text = " ".join(one for one in (said, *come_and_gone) if one) or _("No bill jumps.")
    if not jumps:
        return Item("done", what, text)
    return Item("open", what, text, _("Customers"), _CUSTOMERS)


def _held(work: MonthWork) -> Item:
    what = _("Held bills released")
    held = [bill.customer.id for bill in work.site.bills if bill.status is BillStatus.HELD]
    if not held:
        return Item("done", what, _("No bill is held for review."))
    said = _("%(names)s: held for review.", names=_names(held))
    return Item("open", what, said, _("Customers"), _CUSTOMERS)


def _issued(work: MonthWork, *, over: bool) -> Item:
    what, bills = _("Bills issued"), work.site.bills
    own = [bill for bill in bills if bill.status not in {BillStatus.JOINT, BillStatus.OWN_USE}]
    drafts = [bill for bill in own if bill.issue is None]
    ready = [bill for bill in drafts if bill.may_be_issued(work.made)]
    if not bills:
        return Item("later", what, _("No circuit belonged to a customer."))
    if not drafts:
        issued = ngettext("%(num)s bill is issued.", "%(num)s bills are issued.", len(own))
        return Item("done", what, issued)
    said = ngettext("%(num)s bill is not issued.", "%(num)s bills are not issued.", len(drafts))
    if not over:
        return Item("later", what, said)
    if not ready:
        return Item("open", what, said)
    return Item("open", what, said, _("Issue…"), act="issue", count=len(ready), amount=_sum(ready))


def _unchanged(work: MonthWork) -> Item:
    what, count = _("Unchanged after issue"), len(work.differences)
    if not count:
        return Item("done", what, _("No issued bill would differ if it were recalculated."))
    said = ngettext(
        "%(num)s issued bill would differ if it were recalculated.",
        "%(num)s issued bills would differ if they were recalculated.",
        count,
    )
    return Item("open", what, said, _("Revise…"), act="revise", count=count)


def _sent(delivered: Delivered) -> Item:
    what = _("Bills sent")
    if not delivered.mails:
        return Item("later", what, _("No mail server is configured: the page sends no bills."))
    parts = [ngettext("%(num)s bill was mailed.", "%(num)s bills were mailed.", delivered.mailed)]
    if delivered.uncertain:
        parts.append(
            ngettext(
                "%(num)s bill may have arrived: bill mail --resend sends it again.",
                "%(num)s bills may have arrived: bill mail --resend sends them again.",
                delivered.uncertain,
            )
        )
    if bounced := delivered.bounced:
        parts.append(_("%(names)s: the mail came back.", names=_names(list(bounced))))
    if without := delivered.without_address:
        parts.append(_("%(names)s: no address.", names=_names(list(without))))
    said = " ".join(parts)
    if count := delivered.to_mail:
        do = ngettext("Send %(num)s bill…", "Send %(num)s bills…", count)
        return Item("open", what, said, do, act="send", count=count)
    is_open = delivered.uncertain or delivered.bounced or without
    return Item("open" if is_open else "done", what, said)


def _exported(delivered: Delivered, work: MonthWork, month: str) -> Item:
    what, do = _("Exported for accounting"), _("Export")
    href = f"../api/v1/billing/months/{month}/accounting"
    if delivered.exported is None:
        return Item("open", what, _("Not yet."), do, href)
    at = time(delivered.exported, work.zone)
    if count := delivered.not_exported:
        said = ngettext(
            "%(num)s bill was issued since the export of %(time)s.",
            "%(num)s bills were issued since the export of %(time)s.",
            count,
            time=at,
        )
        return Item("open", what, said, do, href)
    return Item("done", what, at, _("Export again"), href)


def _names(customers: list[str]) -> str:
    """The first ones, and how many more."""
    shown, more = ", ".join(customers[:_MOST_NAMES]), len(customers) - _MOST_NAMES
    return _("%(names)s and %(count)s more", names=shown, count=more) if more > 0 else shown


def _sum(bills: list[Bill]) -> str:
    return " + ".join(f"{total} {currency}" for currency, total in sums(bills))
