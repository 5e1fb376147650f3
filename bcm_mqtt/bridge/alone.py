"""Another bridge of this id, noticed while both run.

One that starts asks (`mqtt.instance`); where the broker was away then, or one was cut off and comes
back, both run, and each disconnects the other. Each reads at the broker what the other has
published in place of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import PayloadError, decode_info

_LOG = logging.getLogger(__name__)
_SAME_S: Final = 5.0
"""Two that began within that time: what is read at the broker may be some seconds old. Of them
the one whose run has the later name ends, or the other after a while: the first may have asked."""
_A_WHILE: Final = 10


class Alone:
    """Whether this bridge is the only one of its id; used by the event loop's thread."""

    def __init__(
        self, bridge: str, boot: str, uptime_s: Callable[[], float], *, has_asked: bool
    ) -> None:
        """It is, as far as is known.

        Args:
            bridge: Its id.
            boot: Names this run of it.
            uptime_s: Of this run.
            has_asked: Whether it has asked at its start; else it ends where another has run longer.
        """
        self._bridge = bridge
        self._boot = boot
        self._own = f'"boot":"{boot}"'.encode()
        self._uptime_s = uptime_s
        self._has_asked = has_asked
        self._is_seen = False
        self._found_times = 0
        self._uptimes_s: dict[str, float] = {}  # of others, by the name of their run
        self._ends = asyncio.Event()

    def heard(self, payload: bytes) -> None:
        """Takes an info of this id. What is there before its own was left by an earlier run.

        So is what a broker that was killed has again: of a run that is over it is always the same.
        """
        if self._is_seen and self._own in payload:  # that of a large site is long to read
            return
        with suppress(PayloadError):  # of another program
            info = decode_info(payload)
            if info.boot == self._boot:
                self._is_seen = True
            elif info.boot and self._is_seen:
                before_s = self._uptimes_s.get(info.boot)
                self._uptimes_s[info.boot] = info.uptime_s
                if before_s is not None and info.uptime_s > before_s:
                    self._found(info.boot, info.uptime_s)

    def _found(self, boot: str, uptime_s: float) -> None:
        longer_s = uptime_s - self._uptime_s()
        self._found_times += 1
        is_later = longer_s > 0
        if abs(longer_s) <= _SAME_S:
            is_later = self._boot > boot or self._found_times > _A_WHILE
        if is_later and not self._has_asked:
            self._ends.set()
        elif self._found_times == 1:
            _LOG.error(
                "another bridge with the id %s runs, and each disconnects the other from the "
                "broker: stop one of them, or give it a bridge.id of its own",
                self._bridge,
            )

    async def run(self) -> None:
        """Waits until this bridge has to end.

        Raises:
            WorkError: another one has run for longer.
        """
        await self._ends.wait()
        raise WorkError(
            f"another bridge with the id {self._bridge} runs, and has for longer: stop it, or give "
            "this one a bridge.id of its own"
        )
