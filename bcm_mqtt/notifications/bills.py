"""Issued bills as messages to programs and people: each to each receiver, until it is taken.

What became of a message is noted with the mails of the bill, so that a start or a second page sends
none again that was taken. One that was being sent when the page ended is sent again: a receiver
knows a bill by its number.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.config.notifications import ReceiverSettings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.time import Clock, to_text
from bcm_mqtt.errors import BcmError, WorkError
from bcm_mqtt.languages import _, day, money, month, speaking
from bcm_mqtt.messaging import Message, Receiver, Urgency
from bcm_mqtt.store import MailFate, MailRecord, Mails, fates_of

_LOG = logging.getLogger(__name__)
_EVERY_S: Final = 10.0
_AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300))
"""After these what was not taken is sent again, and then after the last one each time."""
WITHIN: Final = timedelta(days=7)
"""Bills that were issued longer ago are not news."""
Issued = Callable[[datetime], Sequence[Bill]]
"""Gives the bills that were issued since an instant, by number."""


@dataclass
class _Pause:
    """Of a receiver that did not take a message."""

    times: int
    until: datetime


class BillNews:
    """Sends issued bills while `run` is awaited."""

    def __init__(
        self,
        receivers: Mapping[str, tuple[Receiver, ReceiverSettings]],
        issued: Issued,
        log: Mails,
        issuer: Issuer,
        clock: Clock,
    ) -> None:
        """Has sent nothing yet.

        Args:
            receivers: By name, with their settings.
            issued: The bills of the site.
            log: Of mails; gets what becomes of each message.
            issuer: Of the bills.
            clock: The present.
        """
        self._receivers = receivers
        self._issued = issued
        self._log = log
        self._issuer = issuer
        self._clock = clock
        self._pauses = dict[str, _Pause]()

    async def run(self) -> None:
        """Sends what is new, until it is cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.send)
            except BcmError as error:  # the database is away: the next time
                _LOG.warning("issued bills: %s", error)
            except Exception:  # noqa: BLE001 - a mistake here must not end the page
                _LOG.exception("issued bills are sent again")
            await asyncio.sleep(_EVERY_S)

    def send(self) -> None:
        """Sends each new bill to each receiver that has not got it; in a thread, it takes a while.

        Raises:
            BcmError: the database failed.
        """
        now = self._clock()
        if not (bills := self._issued(now - WITHIN)):
            return
        fates = fates_of(self._log.all())
        for name in self._receivers:
            for bill in bills:
                if bill.issue is None or fates.get((bill.issue.number, _of(name))) is MailFate.SENT:
                    continue
                if (pause := self._pauses.get(name)) and now < pause.until:
                    break
                if not self._sent(name, bill, bill.issue.number):
                    break  # in their order: what comes after waits, too

    def _sent(self, name: str, bill: Bill, number: int) -> bool:
        receiver, settings = self._receivers[name]
        now, fate, why = self._clock(), MailFate.SENT, ""
        try:
            receiver.send(news_of(bill, self._issuer, now, settings.language))
            self._pauses.pop(name, None)
        except WorkError as error:
            fate, why = MailFate.REFUSED, str(error)
            times = self._pauses[name].times + 1 if name in self._pauses else 0
            wait = _AGAIN[min(times, len(_AGAIN) - 1)]
            self._pauses[name] = _Pause(times, now + wait)
            seconds = wait.total_seconds()
            _LOG.warning("bill %s to %s: %s: again in %.0f s", number, name, error, seconds)
        self._log.add([MailRecord(number, _of(name), self._clock(), "", fate, why)])
        return fate is MailFate.SENT


def _of(name: str) -> str:
    """How a receiver is noted among the addresses of mails: as no address is written."""
    return f"receiver {name}"


def news_of(bill: Bill, issuer: Issuer, at: datetime, language: str) -> Message:
    """The message about an issued bill.

    Args:
        bill: Issued.
        issuer: Of the bill.
        at: The present, UTC.
        language: Of the receiver.

    Raises:
        ValueError: the bill is not issued.
    """
    if (issue := bill.issue) is None:
        message = f"the bill of {bill.customer.id} is not issued"
        raise ValueError(message)
    due = bill.amount if issue.supersedes is None else issue.due
    due_day = issue.issued.astimezone(issuer.zone).date() + issuer.payment
    with speaking(language):
        decimals = max(0, -int(due.as_tuple().exponent)) if bill.priced else 0
        facts = {
            "number": issue.text,
            "customer": bill.customer.name,
            "month": month(bill.month.first_day),
        }
        title = _("Bill %(number)s of %(customer)s for %(month)s is issued.", **facts)
        lines = [f"{bill.kwh} kWh"]
        if bill.priced:
            owed = {"amount": money(due, bill.currency, decimals=decimals), "day": day(due_day)}
            lines.insert(0, _("%(amount)s, payable by %(day)s", **owed))
    data: dict[str, str | int | None] = {
        "number": issue.text,
        "place": issue.number,
        "revision": issue.revision,
        "replaces": issue.replaced_text or None,
        "customer": bill.customer.id,
        "customer_name": bill.customer.name,
        "month": str(bill.month),
        "kwh": str(bill.kwh),
        "amount": str(bill.amount) if bill.priced else None,
        "due": str(due) if bill.priced else None,
        "currency": bill.currency,
        "issued": to_text(issue.issued),
        "due_date": str(due_day),
        "sha256": issue.sha256,
    }
    return Message(at, title, tuple(lines), Urgency.INFO, "issued_bills", data)
