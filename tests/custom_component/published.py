"""What a bridge and billing publish, as tests write it, and their answers."""

import json
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_fire_mqtt_message,
    async_fire_time_changed,
)

BASE = "bcm"


def info(**changed: Any) -> str:  # noqa: ANN401
    """Of the bridge dc1."""
    body = {
        "v": 1,
        "version": "0.1.0",
        "bridge": "dc1",
        "site": {"id": "dc1", "name": "Data Center 1", "time_zone": "America/New_York"},
        "panels": {
            "rpp-1a": {"name": "RPP 1A", "gateway": "gw", "answering": True},
            "rpp_2": {"name": "RPP 2", "gateway": "gw", "answering": None},
        },
        "outbox": {"waiting": 0, "dropped": 0, "disk_fails": False},
        "configuration_problem": None,
        "directory_problem": None,
    }
    return json.dumps({**body, **changed})


def month(customer: str, **changed: Any) -> str:  # noqa: ANN401
    """A customer's month to date."""
    body = {
        "v": 1,
        "customer": customer,
        "name": f"{customer}, Inc.",
        "period": "2026-03",
        "start": "2026-03-01T05:00:00.000Z",
        "as_of": "2026-03-10T12:30:00.000Z",
        "kwh": 258.0,
        "cost": 30.57,
        "currency": "USD",
        "estimated_share": 0.012,
        "measured_hours": 215.0,
        "missing_hours": 8.5,
        "estimated_hours": 1.0,
        "peak": {"kw": 1.2, "at": "2026-03-04T14:15:00.000Z", "indicative": False},
        "last_month": {
            "period": "2026-02",
            "kwh": 806.4,
            "cost": 95.56,
            "currency": "USD",
            "estimated_share": 0.1,
            "peak": None,
            "status": "held for review",
            "holds": ["10 % of the energy is estimated, more than 5 %"],
        },
    }
    return json.dumps({**body, **changed})


def site_month(**changed: Any) -> str:  # noqa: ANN401
    """Of the site."""
    now = dt_util.utcnow()
    body = {
        "v": 1,
        "period": "2026-03",
        "start": "2026-03-01T05:00:00.000Z",
        "as_of": now.isoformat(),
        "kwh": 500.0,
        "unallocated_kwh": 12.5,
        "stored_until": (now - timedelta(seconds=15)).isoformat(),
        "unassigned_circuits": 0,
        "unassigned": [],
    }
    return json.dumps({**body, **changed})


def publish(hass: HomeAssistant, topic: str, payload: str, *, retain: bool = False) -> None:
    """As the broker hands it over."""
    async_fire_mqtt_message(hass, f"{BASE}/{topic}", payload, retain=retain)


class Billing:
    """Stands for the broker: has what is retained, and answers requests."""

    def __init__(self, hass: HomeAssistant, mqtt_mock: Any) -> None:  # noqa: ANN401
        """Answers from now on."""
        self._hass = hass
        self._retained: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}
        """What makes the answer to a request's body, by topic; None is no answer."""
        mqtt_mock.async_publish.side_effect = self._published
        self._subscribe: Any = mqtt_mock.async_subscribe
        mqtt_mock.async_subscribe.side_effect = self._subscribed

    def retain(self, topic: str, payload: str) -> None:
        """What a subscriber gets at once."""
        self._retained[topic] = payload

    async def settled(self) -> None:
        """Until what was published is shown."""
        await self.later(timedelta(seconds=1))

    async def later(self, by: timedelta) -> None:
        """As if so much time had passed."""
        await self._hass.async_block_till_done()
        async_fire_time_changed(self._hass, dt_util.utcnow() + by)
        await self._hass.async_block_till_done()

    async def _published(self, topic: str, payload: str, *_: object, **__: object) -> None:
        body = json.loads(payload)
        transaction = body.pop("transaction")
        self.asked.append((topic, body))
        answer = self.answers.get(topic, lambda _: {"status": "ok"})(body)
        if answer is not None:
            response = topic.replace("/request/", "/response/")
            payload = json.dumps({**answer, "transaction": transaction})
            async_fire_mqtt_message(self._hass, response, payload)

    def _subscribed(self, topic: str, heard: Any, *_: object, **__: object) -> Any:  # noqa: ANN401
        forget = self._subscribe._mock_wraps(topic, heard, *_, **__)
        for retained, payload in self._retained.items():
            if _matches(topic, retained):
                self._hass.loop.call_soon(self._hand_over, retained, payload)
        return forget

    def _hand_over(self, topic: str, payload: str) -> None:
        async_fire_mqtt_message(self._hass, topic, payload, retain=True)


def _matches(pattern: str, topic: str) -> bool:
    wanted, levels = pattern.split("/"), topic.split("/")
    return len(wanted) == len(levels) and all(
        want in {"+", level} for want, level in zip(wanted, levels, strict=True)
    )


def at(text: str) -> datetime:
    """An instant."""
    found = dt_util.parse_datetime(text)
    assert found
    return found
