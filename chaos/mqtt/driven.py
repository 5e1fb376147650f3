"""Stands for bcm_mqtt.mqtt.driven, which has an event loop do the network thread's work."""

from typing import Any

from chaos.mqtt.paho_client import SimulatedPaho


class SimulatedDriven:
    """Stands for what has a loop drive a client: here all of them are driven by the one clock."""

    def __init__(self, client: SimulatedPaho, _loop: Any) -> None:
        self._client = client

    def start(self) -> None:
        """Connects."""
        self._client.loop_start()

    def stop(self, _within_s: float) -> None:
        """In good order."""
        self._client.disconnect()
        self._client.loop_stop()
