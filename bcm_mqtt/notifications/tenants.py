"""Overloads of tenants' breakers, mailed to those of them who want it, and their budgets.

The rule of each customer is one like those of the configuration: what stands unacknowledged, of
its own circuits, in one message for what comes together.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from bcm_mqtt.domain.alarms.groups import SiteAlarm
from bcm_mqtt.domain.alarms.notices import Notice, Rule, Site, State, due
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import BcmError
from bcm_mqtt.notifications.wording import message_of

_LOG = logging.getLogger(__name__)
_EVERY_S: Final = 15.0
_BUDGETS_EVERY: Final = 20
"""Rounds."""
_PAUSE: Final = timedelta(minutes=15)


class Addressee(NamedTuple):
    """Who is mailed, and in which language."""

    email: str
    language: str


class TenantNotices:
    """Mails tenants, while `run` is awaited; used by the event loop's thread."""

    def __init__(
        self,
        customers: Callable[[], Collection[str]],
        alarms: Callable[[], Sequence[SiteAlarm]],
        site: Callable[[], Site],
        addressees: Callable[[str], Sequence[Addressee]],
        mail: Callable[[str, str, str], None],
        budgets: Callable[[], None],
        clock: Clock,
    ) -> None:
        """Has sent nothing yet: a start sends what stands.

        Args:
            customers: Who wants overloads of its breakers; called in a thread, as the next ones.
            alarms: Those that are not normal, now; called in the event loop.
            site: What messages say of it; called in the event loop.
            addressees: Of a customer.
            mail: Sends a subject and a text to an address; raises WorkError.
            budgets: Mails what budgets are used up.
            clock: The present.
        """
        self._customers = customers
        self._alarms = alarms
        self._site = site
        self._addressees = addressees
        self._mail = mail
        self._budgets = budgets
        self._clock = clock
        self._state: State = {}

    async def run(self) -> None:
        """Judges and sends, until it is cancelled."""
        rounds = 0
        while True:
            for act in (self.overloads, *((self.budgets,) if not rounds else ())):
                try:
                    await act()
                except BcmError as error:
                    _LOG.warning("notices of tenants: %s: they are tried again", error)
                except Exception:  # noqa: BLE001 - a mistake here must not end what is sent, nor the page
                    _LOG.exception("notices of tenants are tried again")
            rounds = (rounds + 1) % _BUDGETS_EVERY
            await asyncio.sleep(_EVERY_S)

    async def budgets(self) -> None:
        """Mails what budgets are used up."""
        await asyncio.to_thread(self._budgets)

    async def overloads(self) -> None:
        """Mails overloads that were not mailed yet; one that cannot be sent is tried again."""
        customers = await asyncio.to_thread(self._customers)
        rules = [_rule(customer) for customer in sorted(customers)]
        notices, after = due(rules, self._alarms(), self._site(), self._state, self._clock())
        state: State = after
        for notice in notices:
            try:
                await asyncio.to_thread(self._send, notice)
            except BcmError as error:
                _LOG.warning("notice of overload to %s: %s: tried again", notice.rule, error)
                state = _without(state, self._state, notice.rule)
        self._state = state

    def _send(self, notice: Notice) -> None:
        now = self._clock()
        for to in self._addressees(notice.rule):
            message = message_of(notice, now, to.language)
            self._mail(to.email, message.title, "\n".join(message.lines))


def _rule(customer: str) -> Rule:
    return Rule(
        name=customer,
        to=(customer,),
        customers=frozenset({customer}),
        kinds=frozenset({AlarmKind.OVERLOAD}),
        pause=_PAUSE,
        ended=False,
    )


def _without(after: State, before: State, rule: str) -> State:
    """What was sent, as if one rule had not been judged."""
    others = {key: one for key, one in after.items() if key != rule}
    return {**others, **({rule: before[rule]} if rule in before else {})}
