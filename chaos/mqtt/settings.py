"""What a client of paho's is told before it connects."""

from typing import Any

from chaos.mqtt.broker import Published


class Settings:
    """Of a client; what makes no difference here is taken and forgotten."""

    def __init__(self, clean_session: bool | None) -> None:
        self._clean = bool(clean_session)
        self._expiry_s = 0.0 if clean_session is not False else float("inf")
        self._receive = 0
        self._will: Published | None = None

    def max_queued_messages_set(self, _count: int) -> None:
        """It has no limit here either."""

    def max_inflight_messages_set(self, _count: int) -> None:
        """It stays at 20."""

    def reconnect_delay_set(self, min_delay: int = 1, max_delay: int = 2) -> None:
        """It is 1 to 2 s here."""

    def username_pw_set(self, _username: str | None, _password: str | None = None) -> None:
        """Everybody may log in."""

    def will_set(
        self, topic: str, payload: Any = None, qos: int = 0, retain: bool = False, **_: Any
    ) -> None:
        """What is published when it is gone without a word."""
        self._will = Published(topic, as_bytes(payload), qos, retain)

    def connect_async(
        self,
        _host: str,
        _port: int = 1883,
        keepalive: int = 60,
        clean_start: Any = None,
        properties: Any = None,
        **_: Any,
    ) -> None:
        """Where and how; `loop_start` begins."""
        del keepalive
        if isinstance(clean_start, bool):
            self._clean = clean_start
        if properties is not None:
            self._expiry_s = float(getattr(properties, "SessionExpiryInterval", 0))
            self._receive = int(getattr(properties, "ReceiveMaximum", 0))


def as_bytes(payload: Any) -> bytes:
    """A payload as paho takes it."""
    if payload is None:
        return b""
    return payload if isinstance(payload, bytes) else str(payload).encode()
