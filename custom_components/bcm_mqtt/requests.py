"""Requests over MQTT: one is published, and its response is recognised by the transaction."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.components import mqtt
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from .const import DOMAIN, LOGGER
from .payloads import PayloadError, json_object
from .topics import last_level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.components.mqtt import ReceiveMessage
    from homeassistant.core import HomeAssistant

BRIDGE_ANSWERS_WITHIN_S = 15.0
BILLING_ANSWERS_WITHIN_S = 120.0
"""A month of a large site is seconds of computing, and others may wait before us."""

_OF_ENTITIES = {"circuit", "acknowledge"}
"""What the texts, numbers, selects and buttons of MQTT ask for."""
_OF_CLOCKS = {"expired", "clock"}
"""Refusals that a difference of two clocks may be the reason of."""


class Requests:
    """Those that wait for their response; the responses are subscribed to all the time."""

    def __init__(self, hass: HomeAssistant, refused: Callable[[str], None]) -> None:
        """Asks nothing yet; `refused` is told why what an entity asked for was not done."""
        self._hass = hass
        self._refused = refused
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._ahead = timedelta()

    async def ask(
        self,
        topic: str,
        body: Mapping[str, object],
        within_s: float | None = None,
        *,
        deadline: bool = False,
    ) -> dict[str, Any]:
        """The response to a request.

        Args:
            topic: Where to ask.
            body: What for.
            within_s: How long to wait for it; None: as long as for a bridge.
            deadline: Whether it is not to be begun any more after two thirds of that.

        Raises:
            HomeAssistantError: nobody answered, or the request was refused, and why; a
                ServiceValidationError where what was asked for is what is wrong.
        """
        within_s = within_s or BRIDGE_ANSWERS_WITHIN_S
        response, in_time = await self._asked(topic, body, within_s, deadline=deadline)
        if there := dt_util.parse_datetime(str(response.get("time"))):
            self._ahead = there - dt_util.utcnow()
        if in_time and response.get("refusal") in _OF_CLOCKS:
            # By the clock here it came in time, so that the clocks differ: what was refused is
            # never done, and is asked again by the clock there.
            response, _ = await self._asked(topic, body, within_s, deadline=deadline)
        if response.get("status") != "ok":
            mistake = response.get("mistake") is True
            error = ServiceValidationError if mistake else HomeAssistantError
            raise error(
                translation_domain=DOMAIN,
                translation_key="mistake" if mistake else "refused",
                translation_placeholders={"error": str(response.get("error"))},
            )
        return response

    async def _asked(
        self, topic: str, body: Mapping[str, object], within_s: float, *, deadline: bool
    ) -> tuple[dict[str, Any], bool]:
        """The response, and whether it came while the request was valid by the clock here."""
        transaction = uuid.uuid4().hex
        answer = self._waiting[transaction] = self._hass.loop.create_future()
        begun_within_s = within_s * 2 / 3
        window: dict[str, str] = {}
        if deadline:
            made = dt_util.utcnow() + self._ahead
            until = made + timedelta(seconds=begun_within_s)
            window = {"valid_from": made.isoformat(), "deadline": until.isoformat()}
        payload = json.dumps({**body, **window, "transaction": transaction})
        try:
            await mqtt.async_publish(self._hass, topic, payload, qos=1)
            await asyncio.wait([answer], timeout=begun_within_s)
            in_time = answer.done()
            if deadline and not in_time:
                # It cannot be begun any more: who is asked says what became of it.
                await mqtt.async_publish(self._hass, topic, payload, qos=1)
            async with asyncio.timeout(within_s - begun_within_s):
                return await answer, in_time
        except TimeoutError:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="no_answer",
                translation_placeholders={"seconds": f"{within_s:g}", "topic": topic},
            ) from None
        finally:
            del self._waiting[transaction]

    @callback
    def answered(self, message: ReceiveMessage) -> None:
        """Takes a response; those to other people's requests are passed over.

        A text, number, select or button of MQTT asks without a transaction, and nobody waits.
        """
        try:
            response = json_object(message.payload)
        except PayloadError as error:
            LOGGER.debug("%s: %s", message.topic, error)
            return
        transaction = response.get("transaction")
        failed = response.get("status") == "error"
        if transaction is None and failed and last_level(message.topic) in _OF_ENTITIES:
            self._refused(str(response.get("error")))
        waiting = self._waiting.get(transaction) if isinstance(transaction, str) else None
        if waiting and not waiting.done():
            waiting.set_result(response)
