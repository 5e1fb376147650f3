"""The line to an agent: a socket of UDP, owned by one task.

One request is under way at a time. A datagram that gets no answer is sent once more, after half
the time-out, because UDP loses some and a reading changes nothing. What is silent then is silent:
it is tried again ever more rarely.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from bcm_mqtt.domain.reading.polled.line_health import LineHealth
from bcm_mqtt.domain.reading.polled.permission import Permission
from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.abilities import Abilities
from bcm_mqtt.snmp.agent import Agent
from bcm_mqtt.snmp.failures import AgentError, Failure, MalformedError
from bcm_mqtt.snmp.pdu import FIRST_ID, LAST_ID, Reply, Request, get
from bcm_mqtt.snmp.sessions import Session
from bcm_mqtt.snmp.usm import User

_LOG: Final = logging.getLogger(__name__)
_UPTIME: Final = get([ber.oid("1.3.6.1.2.1.1.3.0")])
_PAUSES_S: Final = (0.25, 2.0, 10.0, 30.0, 60.0)
"""After the first, second, ... silence: quick to forgive one, slow in the long run."""


class AgentLine:
    """The connection to an agent."""

    def __init__(
        self,
        name: str,
        agent: Agent,
        timeout: float,
        random: Callable[[], float],
        permission: Permission | None = None,
    ) -> None:
        """Opens its socket at the first read, not here.

        Args:
            name: Gateway id, for messages.
            agent: Where it is.
            timeout: Seconds to wait for a reply.
            random: Gives 0..1, for where ids begin.
            permission: Looked at before each request; None where none is needed.
        """
        self.name = name
        self.agent = agent
        self.abilities = Abilities()
        self._timeout, self._random, self._permission = timeout, random, permission
        self._socket: _Socket | None = None
        self._session: Session | None = None
        self._id = FIRST_ID + int(random() * (LAST_ID - FIRST_ID))
        self._opened = self._failures = self._silent = 0
        self._until = 0.0
        self._answered_at: float | None = None
        self._last_error = ""

    @property
    def connected(self) -> bool:
        """Whether the agent answers: UDP knows no connection."""
        return self._socket is not None and self._answered_at is not None and not self._silent

    @property
    def reachable(self) -> bool:
        """Whether the last request was answered, or none was sent."""
        return not self._silent

    def silent_units(self) -> list[int]:
        """None: agents have no unit ids."""
        return []

    def health(self) -> LineHealth:
        """Health of the agent now."""
        ago = self._answered_at
        if ago is not None:
            ago = asyncio.get_running_loop().time() - ago
        error = self._last_error
        return LineHealth(self.connected, self._opened, self._failures, ago, error, ())

    async def read(self, request: Request) -> Reply:
        """The reply to a request, which may state an error.

        Raises:
            AgentError: there is none, and why.
        """
        if self._permission:
            await self._permission.obtained()
        loop = asyncio.get_running_loop()
        if self._silent and loop.time() < self._until:
            reason = f"agent {self.agent} is backed off: it did not answer before"
            raise AgentError(Failure.BACKED_OFF, reason)
        try:
            reply = await self._replied(request, loop.time() + self._timeout)
        except TimeoutError:
            raise self._fell_silent(f"no answer in {self._timeout:g} s{self._hint()}") from None
        except ConnectionRefusedError:
            raise self._fell_silent("nothing answers on this port") from None
        except OSError as error:
            raise self._fell_silent(error.strerror or "no such host") from None
        except AgentError as error:
            self._answered(str(error))
            raise
        self._answered("")
        return reply

    def close(self) -> None:
        """Closes the socket; the next read opens another."""
        if self._socket:
            self._socket.transport.close()
            self._socket = None

    async def _replied(self, request: Request, until: float) -> Reply:
        """The reply, after the agent's engine was discovered where it has to be."""
        loop = asyncio.get_running_loop()
        if self._session is None:
            self._session = self.agent.session(loop.time, self._random)
        if self._socket is None:
            async with asyncio.timeout_at(until):
                self._socket = await _opened(self.agent, self._session)
            self._opened += 1
        for attempt in range(3):
            if not self._session.is_ready:
                number = self._next_id()
                report = await self._exchanged(number, self._session.discovery(number), until)
                if not self._session.is_ready:
                    self._session.again(report)
                    continue
            number = self._next_id()
            reply = await self._exchanged(number, self._session.datagram(request, number), until)
            if not reply.is_report:
                return reply
            if not self._session.again(reply) or attempt:
                break
        raise AgentError(Failure.REFUSED, f"agent {self.agent} does not take this user's messages")

    async def _exchanged(self, number: int, datagram: bytes, until: float) -> Reply:
        socket = self._socket
        if socket is None or socket.transport.is_closing():
            raise ConnectionError(0, "the socket was closed")
        waiting = socket.expects(number)
        socket.transport.sendto(datagram)
        loop = asyncio.get_running_loop()
        again = loop.call_later(self._timeout / 2, socket.transport.sendto, datagram)
        ending = loop.call_at(until, _end, waiting)
        try:
            return await waiting
        finally:
            again.cancel()
            ending.cancel()

    def _next_id(self) -> int:
        self._id = FIRST_ID if self._id >= LAST_ID else self._id + 1
        return self._id

    def _hint(self) -> str:
        malformed = self._socket is not None and self._socket.malformed
        if malformed:
            return ": what came could not be read, or was not signed by the agent"
        if isinstance(self.agent.credentials, User):
            return ": it is not there, lets other machines ask it only, or has another context"
        return ": it is not there, lets other machines ask it only, or has another community"

    def _answered(self, error: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._silent:
            extra = {"gateway": self.name}
            _LOG.info("gateway %s: agent %s answers", self.name, self.agent, extra=extra)
        self._silent, self._answered_at = 0, now
        if error:
            self._failures += 1
            self._last_error = error

    def _fell_silent(self, reason: str) -> AgentError:
        text = f"agent {self.agent}: {reason}"
        if not self._silent:
            _LOG.warning("gateway %s: %s", self.name, text, extra={"gateway": self.name})
        self._failures += 1
        self._last_error = text
        pause = _PAUSES_S[min(self._silent, len(_PAUSES_S) - 1)]
        self._until = asyncio.get_running_loop().time() + pause
        self._silent += 1
        # A host name may have another address by then, and an engine another count of its starts.
        self.close()
        self._session = None
        return AgentError(Failure.SILENCE, text)


async def answers(agent: Agent, within_s: float, random: Callable[[], float]) -> bool:
    """Whether an agent answers, be it that it refuses."""
    line = AgentLine("probe", agent, within_s, random)
    try:
        await line.read(_UPTIME)
    except AgentError as error:
        return error.failure is Failure.REFUSED
    finally:
        line.close()
    return True


class _Socket(asyncio.DatagramProtocol):
    """Waits for the answer to one message."""

    transport: asyncio.DatagramTransport

    def __init__(self, session: Session) -> None:
        self._session = session
        self._number = 0
        self._waiting: asyncio.Future[Reply] | None = None
        self.malformed = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment] # it is one of datagrams

    def expects(self, number: int) -> asyncio.Future[Reply]:
        self._number, self.malformed = number, 0
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def datagram_received(self, data: bytes, _addr: object) -> None:
        try:
            number, reply = self._session.reply(data)
        except MalformedError:
            self.malformed += 1
            return
        if number == self._number and self._waiting and not self._waiting.done():
            self._waiting.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(exc)


def _end(waiting: asyncio.Future[Reply]) -> None:
    """What came while the loop was busy is there by now, and counts; a cancelled wait loses it."""
    if not waiting.done():
        waiting.set_exception(TimeoutError())


async def _opened(agent: Agent, session: Session) -> _Socket:
    loop = asyncio.get_running_loop()
    place = agent.host, agent.port
    _, socket = await loop.create_datagram_endpoint(lambda: _Socket(session), remote_addr=place)
    return socket
