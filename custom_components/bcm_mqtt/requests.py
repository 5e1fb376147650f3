"""Requests over MQTT: one is published, and its response is recognised by the transaction."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

from homeassistant.components import mqtt
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN, LOGGER
from .payloads import PayloadError, json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.components.mqtt import ReceiveMessage
    from homeassistant.core import HomeAssistant

BRIDGE_ANSWERS_WITHIN_S = 15.0
BILLING_ANSWERS_WITHIN_S = 120.0
"""A month of a large site is seconds of computing, and others may wait before us."""


class Requests:
    """Those that wait for their response; the responses are subscribed to all the time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Asks nothing yet."""
        self._hass = hass
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def ask(
        self, topic: str, body: Mapping[str, object], within_s: float = BRIDGE_ANSWERS_WITHIN_S
    ) -> dict[str, Any]:
        """The response to a request.

        Args:
            topic: Where to ask.
            body: What for.
            within_s: How long to wait for it.

        Raises:
            HomeAssistantError: nobody answered, or the request was refused, and why.
        """
        transaction = uuid.uuid4().hex
        answer = self._waiting[transaction] = self._hass.loop.create_future()
        payload = json.dumps({**body, "transaction": transaction})
        try:
            await mqtt.async_publish(self._hass, topic, payload, qos=1)
            async with asyncio.timeout(within_s):
                response: dict[str, Any] = await answer
        except TimeoutError:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="no_answer",
                translation_placeholders={"seconds": f"{within_s:g}", "topic": topic},
            ) from None
        finally:
            del self._waiting[transaction]
        if response.get("status") != "ok":
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="refused",
                translation_placeholders={"error": str(response.get("error"))},
            )
        return response

    @callback
    def answered(self, message: ReceiveMessage) -> None:
        """Takes a response; those to other people's requests are passed over."""
        try:
            response = json_object(message.payload)
        except PayloadError as error:
            LOGGER.debug("%s: %s", message.topic, error)
            return
        transaction = response.get("transaction")
        waiting = self._waiting.get(transaction) if isinstance(transaction, str) else None
        if waiting and not waiting.done():
            waiting.set_result(response)
