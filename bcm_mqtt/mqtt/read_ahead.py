"""paho's client, reading what has come at once instead of a few bytes at a time.

paho (2.2) asks the system four or five times for each packet: whether something is there, for
its first byte, for each byte of its length, for the rest. That is half of what a message costs,
and each time its thread may have to wait for the interpreter's lock. It has no public way for
another, so this overrides `_sock_recv`, through which all of it is read; a test watches that.
"""

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

_AT_ONCE = 1 << 16


class ReadAheadClient(Client):
    """Used by paho's network thread alone."""

    _ahead = b""
    _at = 0
    _only_ahead = False

    def reconnect(self) -> MQTTErrorCode:
        """What came over the last connection is no part of the next one."""
        self._ahead, self._at = b"", 0
        return super().reconnect()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Reads what is there, and all packets in it: nothing may be left to wait for `select`."""
        result = super().loop_read(max_packets)
        self._only_ahead = True  # or a broker that always has more would be all that is served
        try:
            while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._at < len(self._ahead):
                result = super().loop_read(max_packets)
        finally:
            self._only_ahead = False
        return result

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._at >= len(self._ahead):
            if self._only_ahead:
                raise BlockingIOError
            self._ahead, self._at = super()._sock_recv(max(bufsize, _AT_ONCE)), 0
        chunk = self._ahead[self._at : self._at + bufsize]
        self._at += len(chunk)
        return chunk
