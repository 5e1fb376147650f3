"""The rules judged every few seconds, and a queue for each receiver."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bcm_mqtt.config.notifications import NotificationSettings, ReceiverSettings
from bcm_mqtt.domain.alarms.groups import SiteAlarm
from bcm_mqtt.domain.alarms.notices import Site, State, due
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.messaging import AppriseReceiver, Message, Receiver, Webhook
from bcm_mqtt.notifications.wording import message_of, trial

_LOG = logging.getLogger(__name__)
_EVERY_S: Final = 5.0
_AGAIN_S: Final = (10.0, 60.0, 300.0)
"""After these a message that was not taken is sent again."""
_MOST_WAITING: Final = 20
"""Messages of a receiver."""


def receiver_of(settings: ReceiverSettings) -> Receiver:
    """What sends to a receiver."""
    if settings.webhook:
        return Webhook(settings.webhook, settings.secret)
    return AppriseReceiver(settings.apprise)


class Notifications:
    """Sends what the rules give, while `run` is awaited; used by the event loop's thread."""

    def __init__(
        self,
        settings: NotificationSettings,
        alarms: Callable[[], Sequence[SiteAlarm]],
        site: Callable[[], Site],
        clock: Clock,
        again_s: Sequence[float] = _AGAIN_S,
    ) -> None:
        """Has sent nothing yet: a start sends what stands, in one message of each rule.

        Args:
            settings: Rules and receivers.
            alarms: Those that are not normal, now.
            site: What messages say of it, now.
            clock: The present.
            again_s: After how long a message that was not taken is sent again, each time.
        """
        self._rules = settings.rules
        self._alarms = alarms
        self._site = site
        self._clock = clock
        self._again_s = again_s
        self._state: State = {}
        self._receivers: Mapping[str, Receiver] = {
            name: receiver_of(receiver) for name, receiver in settings.receivers.items()
        }
        self._languages = {name: one.language for name, one in settings.receivers.items()}
        self._queues = {name: asyncio.Queue[Message](_MOST_WAITING) for name in self._receivers}
        self._threads = ThreadPoolExecutor(max(1, len(self._receivers)), "notifications")

    @property
    def receivers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._receivers)

    async def run(self) -> None:
        """Judges and sends, until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for name in self._receivers:
                    tasks.create_task(self._deliver(name))
                while True:
                    try:
                        self.judge()
                    except Exception:  # noqa: BLE001 - a mistake here must not end what is sent, nor the page
                        _LOG.exception("notifications: the rules are judged again")
                    await asyncio.sleep(_EVERY_S)
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def judge(self) -> None:
        """Has what the rules give now wait for its receivers."""
        now = self._clock()
        notices, self._state = due(self._rules, self._alarms(), self._site(), self._state, now)
        for notice in notices:
            for name in notice.to:
                self._put(name, message_of(notice, now, self._languages[name]))

    async def test(self, name: str) -> None:
        """Sends a test to a receiver, at once.

        Raises:
            InputError: there is no such receiver.
            WorkError: it did not take the message, and why.
        """
        if name not in self._receivers:
            known = ", ".join(self._receivers) or "none"
            raise InputError.of(f"unknown receiver {name!r}: there are {known}")
        message = trial(self._site().name, self._clock(), self._languages[name])
        await self._send(name, message)

    def _put(self, name: str, message: Message) -> None:
        queue = self._queues[name]
        if queue.full():
            _LOG.warning("notification to %s is dropped: %s", name, queue.get_nowait().title)
        queue.put_nowait(message)

    async def _deliver(self, name: str) -> None:
        while True:
            message = await self._queues[name].get()
            for wait_s in (*self._again_s, None):
                try:
                    await self._send(name, message)
                    break
                except WorkError as error:
                    then = f"tried again in {wait_s:.0f} s" if wait_s is not None else "given up"
                    _LOG.warning("notification to %s: %s: %s", name, error, then)
                if wait_s is not None:
                    await asyncio.sleep(wait_s)

    async def _send(self, name: str, message: Message) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._receivers[name].send, message)
