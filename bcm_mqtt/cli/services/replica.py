"""What the health of a service says of a replica, which never keeps its sign of life waiting."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final

from bcm_mqtt.store import ReplicaState

_WITHIN_S: Final = 2.0
"""A server whose process is stopped takes connections, and answers nothing."""


class ReplicaHealth:
    """A clause for the health line; for one thread."""

    def __init__(
        self, state: Callable[[], ReplicaState | None], within_s: float = _WITHIN_S
    ) -> None:
        """Asks nothing yet.

        Args:
            state: How the replica follows; None where there is none. May take as long as it takes.
            within_s: How long it is waited for each time.
        """
        self._state = state
        self._within_s = within_s
        self._asked: Future[str] | None = None

    def __call__(self) -> str:
        """Such as `, replica is 0 s behind`; "" without a replica."""
        asked = self._asked or self._ask()
        try:
            said = asked.result(self._within_s)
        except TimeoutError:
            self._asked = asked  # and is not asked again before it has answered
            return ", replica does not answer"
        self._asked = None
        return said

    def _ask(self) -> Future[str]:
        asked: Future[str] = Future()

        def ask() -> None:
            try:
                state = self._state()
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                asked.set_exception(error)
            else:
                asked.set_result(f", {state}" if state else "")

        # Never joined: the server that it waits for may never answer.
        Thread(target=ask, name="replica", daemon=True).start()
        return asked
