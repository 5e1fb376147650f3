"""Messages around requests: with a community (SNMPv2c, RFC 3584) or of a user (SNMPv3, RFC 3412).

A session turns a request into a datagram and a datagram into the reply that it carries. It sends
nothing itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final, Protocol

from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.failures import AgentError, Failure, MalformedError
from bcm_mqtt.snmp.pdu import Kind, Reply, Request, reply_of
from bcm_mqtt.snmp.usm import User, decrypted, encrypted, salt_of, signature

_V2C: Final = 1
_V3: Final = 3
_USM: Final = 3
_MOST_BYTES: Final = 65_507
_SIGNED, _ENCRYPTED, _REPORTABLE = 1, 2, 4
_SALT: Final = 8
_PASSED_S: Final = 150
"""A message older than this is none: RFC 3414, section 2.2.3."""
_STATS: Final = "1.3.6.1.6.3.15.1.1."
_NOT_IN_TIME: Final = ber.oid(_STATS + "2.0")
_UNKNOWN_ENGINE: Final = ber.oid(_STATS + "4.0")
_REPORTS: Final = {
    ber.oid(_STATS + "1.0"): "it does not do this user's auth and privacy",
    _NOT_IN_TIME: "it takes messages for too old",
    ber.oid(_STATS + "3.0"): "it knows no such user",
    _UNKNOWN_ENGINE: "it takes messages for those of another agent",
    ber.oid(_STATS + "5.0"): "auth or auth_password is not as it has them",
    ber.oid(_STATS + "6.0"): "privacy or privacy_password is not as it has them",
}
_NOTHING: Final = Request(Kind.GET, ())


class Session(Protocol):
    """One agent's, as long as its address and credentials are the same."""

    @property
    def is_ready(self) -> bool:
        """Whether requests can be sent; else `discovery` has to be first."""

    def discovery(self, message_id: int) -> bytes:
        """The datagram that finds out what requests must name."""

    def datagram(self, request: Request, message_id: int) -> bytes:
        """A request as it is sent."""

    def reply(self, datagram: bytes) -> tuple[int, Reply]:
        """What came, and the id of the message that it answers.

        Raises:
            MalformedError: it is none, or of somebody who cannot prove to be the agent.
        """

    def again(self, report: Reply) -> bool:
        """Whether a request that got this report is worth to be sent once more.

        Raises:
            AgentError: it is not, and why.
        """


@dataclass(frozen=True, slots=True)
class CommunitySession:
    """Of SNMPv2c.

    Attributes:
        community: A password, if a weak one: it is sent as it is.
    """

    community: str
    is_ready: bool = True

    def discovery(self, message_id: int) -> bytes:
        """Not needed."""
        return self.datagram(_NOTHING, message_id)

    def datagram(self, request: Request, message_id: int) -> bytes:
        """See `Session`."""
        head = ber.integer(_V2C) + ber.encoded(ber.OCTETS, self.community.encode())
        return ber.encoded(ber.SEQUENCE, head + request.pdu(message_id))

    def reply(self, datagram: bytes) -> tuple[int, Reply]:
        """See `Session`."""
        _, at, _ = ber.opened(datagram, 0, ber.SEQUENCE)
        version, at = ber.number(datagram, at)
        _, at = ber.taken(datagram, at, ber.OCTETS)
        if version != _V2C:
            raise MalformedError
        reply = reply_of(datagram, at)
        if reply.is_report:
            raise MalformedError
        return reply.request_id, reply

    def again(self, _report: Reply) -> bool:
        """There are no reports."""
        return False


class UserSession:
    """Of SNMPv3, with what the agent's engine said of itself."""

    def __init__(self, user: User, now: Callable[[], float], random: Callable[[], float]) -> None:
        """Knows no engine yet.

        Args:
            user: Whom the agent knows.
            now: Seconds of a clock that is never set.
            random: 0..1; where salts begin.
        """
        self._user, self._now = user, now
        self._engine = b""
        self._auth_key = self._privacy_key = b""
        self._boots, self._time, self._since = 0, 0, 0.0
        self._salt = int(random() * 2**63)

    @property
    def is_ready(self) -> bool:
        """Whether the engine is known."""
        return bool(self._engine)

    def discovery(self, message_id: int) -> bytes:
        """Asks the engine who it is: RFC 3414, section 4."""
        scoped = ber.encoded(ber.SEQUENCE, _octets(b"") * 2 + _NOTHING.pdu(message_id))
        security = _security(b"", 0, 0, b"") + _octets(b"") * 2
        return _message(message_id, _REPORTABLE, security, scoped)

    def datagram(self, request: Request, message_id: int) -> bytes:
        """See `Session`."""
        user = self._user
        boots, time = self._boots, self._time + int(self._now() - self._since)
        context = _octets(self._engine) + _octets(user.context.encode())
        scoped = context + request.pdu(message_id)
        data, salt, flags = ber.encoded(ber.SEQUENCE, scoped), b"", _REPORTABLE
        if user.auth and user.privacy:
            self._salt = (self._salt + 1) % 2**64
            salt, flags = salt_of(self._salt), flags | _ENCRYPTED
            data = _octets(encrypted(self._privacy_key, boots, time, salt, data))
        security = _security(self._engine, boots, time, user.name.encode())
        if not user.auth:
            return _message(message_id, flags, security + _octets(b"") + _octets(salt), data)
        blank = bytes(user.auth.size)
        security += _octets(blank) + _octets(salt)
        message = _message(message_id, flags | _SIGNED, security, data)
        ends = len(message) - len(data) - len(_octets(salt))
        signed = signature(user.auth, self._auth_key, message)
        return message[: ends - len(blank)] + signed + message[ends:]

    def reply(self, datagram: bytes) -> tuple[int, Reply]:
        """See `Session`."""
        _, at, _ = ber.opened(datagram, 0, ber.SEQUENCE)
        version, at = ber.number(datagram, at)
        _, head, at = ber.opened(datagram, at, ber.SEQUENCE)
        message_id, head = ber.number(datagram, head)
        _, head = ber.number(datagram, head)
        flags, _ = ber.taken(datagram, head, ber.OCTETS)
        _, begins, data_at = ber.opened(datagram, at, ber.OCTETS)
        if version != _V3 or len(flags) != 1:
            raise MalformedError
        stated = _Stated.of(datagram, begins)
        is_signed = bool(flags[0] & _SIGNED and self._user.auth)
        if is_signed and self._engine:
            self._check(datagram, stated)
        if flags[0] & _ENCRYPTED:
            content, _ = ber.taken(datagram, data_at, ber.OCTETS)
            datagram, data_at = self._opened(content, stated), 0
        _, at, _ = ber.opened(datagram, data_at, ber.SEQUENCE)
        _, at = ber.taken(datagram, at, ber.OCTETS)
        _, at = ber.taken(datagram, at, ber.OCTETS)
        reply = reply_of(datagram, at)
        self._accept(reply, flags[0], stated, is_signed=is_signed)
        return message_id, reply

    def again(self, report: Reply) -> bool:
        """Whether it was only that the engine has restarted, or is another one."""
        names = report.values.keys() & _REPORTS.keys()
        if _UNKNOWN_ENGINE in names:
            self._engine = b""
            return True
        if _NOT_IN_TIME in names:
            return True
        reason = "; ".join(_REPORTS[name] for name in names) or "it reports an unknown error"
        raise AgentError(Failure.REFUSED, f"user {self._user.name}: {reason}")

    def _check(self, datagram: bytes, stated: "_Stated") -> None:
        auth = self._user.auth
        if auth is None or len(stated.signature) != auth.size:
            raise MalformedError
        ends = stated.signature_at + auth.size
        blank = datagram[: stated.signature_at] + bytes(auth.size) + datagram[ends:]
        if not compare_digest(signature(auth, self._auth_key, blank), stated.signature):
            raise MalformedError
        expected = self._time + self._now() - self._since
        if (stated.boots, stated.time + _PASSED_S) < (self._boots, int(expected)):
            raise MalformedError

    def _opened(self, content: bytes, stated: "_Stated") -> bytes:
        if not self._privacy_key or len(stated.salt) != _SALT:
            raise MalformedError
        return decrypted(self._privacy_key, stated.boots, stated.time, stated.salt, content)

    def _accept(self, reply: Reply, flags: int, stated: "_Stated", *, is_signed: bool) -> None:
        """Takes the engine's clock from what is signed; of another only a report is of use."""
        user = self._user
        if not reply.is_report:
            expected = _SIGNED * bool(user.auth) | _ENCRYPTED * bool(user.auth and user.privacy)
            is_this = self.is_ready and stated.engine == self._engine
            if flags & expected != expected or not is_this:
                raise MalformedError
        if not self._engine and reply.is_report and stated.engine:
            self._engine = stated.engine
            self._auth_key = user.auth_key(stated.engine)
            self._privacy_key = user.privacy_key(stated.engine)
        elif user.auth and not is_signed:
            return
        self._boots, self._time, self._since = stated.boots, stated.time, self._now()


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a message says of itself."""

    engine: bytes
    boots: int
    time: int
    signature: bytes
    signature_at: int
    salt: bytes

    @classmethod
    def of(cls, datagram: bytes, at: int) -> "_Stated":
        _, at, _ = ber.opened(datagram, at, ber.SEQUENCE)
        engine, at = ber.taken(datagram, at, ber.OCTETS)
        boots, at = ber.number(datagram, at)
        time, at = ber.number(datagram, at)
        _, at = ber.taken(datagram, at, ber.OCTETS)
        signed, ends = ber.taken(datagram, at, ber.OCTETS)
        salt, _ = ber.taken(datagram, ends, ber.OCTETS)
        if not (0 <= boots < 2**31 and 0 <= time < 2**31):
            raise MalformedError
        return cls(engine, boots, time, signed, ends - len(signed), salt)


def _octets(content: bytes) -> bytes:
    return ber.encoded(ber.OCTETS, content)


def _security(engine: bytes, boots: int, time: int, user: bytes) -> bytes:
    return _octets(engine) + ber.integer(boots) + ber.integer(time) + _octets(user)


def _message(message_id: int, flags: int, security: bytes, data: bytes) -> bytes:
    head = ber.integer(message_id) + ber.integer(_MOST_BYTES) + _octets(bytes((flags,)))
    head = ber.encoded(ber.SEQUENCE, head + ber.integer(_USM))
    content = ber.integer(_V3) + head + _octets(ber.encoded(ber.SEQUENCE, security)) + data
    return ber.encoded(ber.SEQUENCE, content)
