"""systemd's end of sd_notify: a socket that hears what services report."""

import socket

from peers.process import wait_until


class Systemd:
    """Listens as systemd does; `heard` is every line so far."""

    def __init__(self, address: str) -> None:
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(0)

    def listen(self) -> list[str]:
        """Takes in what has come; returns that alone."""
        before = len(self.heard)
        while True:
            try:
                self.heard += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.heard[before:]

    def wait_for(self, line: str) -> None:
        """Until a line comes that has not been listened to yet."""
        wait_until(lambda: line in self.listen(), 60, lambda: f"{line} not in {self.heard}")

    def close(self) -> None:
        self._socket.close()
