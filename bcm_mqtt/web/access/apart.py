"""Work on what may not answer, such as a database that hangs: nobody waits for ever."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from threading import Thread
from typing import Any, TypeVar

from bcm_mqtt.errors import BcmError, WorkError
from bcm_mqtt.languages import _

_Seen = TypeVar("_Seen")
_LOG = logging.getLogger(__name__)


class Apart:
    """Work that may not answer, each in a thread of its own that may be left behind."""

    def __init__(self, most: int = 4) -> None:
        """None yet; takes how many threads may wait."""
        self._most = most
        self._turn = asyncio.Semaphore(most)
        self._waiting = 0
        self._left = set[asyncio.Future[Any]]()

    @property
    def is_stuck(self) -> bool:
        """Whether some work took too long and has not ended yet."""
        return bool(self._left)

    async def done(self, work: Callable[[], _Seen], within: timedelta) -> _Seen:
        """What work gives; who comes when many do waits for a turn.

        Raises:
            BcmError: as the work does.
            WorkError: it takes too long, or as many have been left behind as may wait.
        """
        async with self._turn:
            return await self._done(work, within)

    async def _done(self, work: Callable[[], _Seen], within: timedelta) -> _Seen:
        if self._waiting >= self._most:
            raise WorkError(_("does not answer"))
        loop = asyncio.get_running_loop()
        given: asyncio.Future[_Seen] = loop.create_future()
        self._waiting += 1

        def ended(result: _Seen | None, error: BaseException | None) -> None:
            self._waiting -= 1
            self._left.discard(given)
            if given.done():
                return
            if error:
                given.set_exception(error)
            else:
                given.set_result(result)  # type: ignore[arg-type]

        def run() -> None:
            result: _Seen | None = None
            failed: BcmError | None = None
            try:
                result = work()
            except BcmError as error:
                failed = error
            except Exception as error:  # noqa: BLE001 - what one site has stops no other
                _LOG.exception("work that was waited for failed")
                failed = WorkError(str(error) or repr(error))
            if not loop.is_closed():
                loop.call_soon_threadsafe(ended, result, failed)

        # The language of whoever asks is spoken in the thread, too.
        Thread(target=copy_context().run, args=(run,), daemon=True).start()
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await given
        except TimeoutError:
            self._left.add(given)
            seconds = int(within.total_seconds())
            message = _("does not answer within %(seconds)s s", seconds=seconds)
            raise WorkError(message) from None
