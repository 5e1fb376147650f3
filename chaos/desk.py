"""The operator at a desk: edits circuits, acknowledges alarms, and remembers what was answered.

Also the witness of what the broker delivers: alarms and energy counters.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chaos.mqtt import Published
from chaos.world import World

_BEGUN_WITHIN_S = 10.0
_ASKS_AGAIN_S = (30.0, 1800.0)
"""What became of a request that was not answered."""
_ACTIVE = ("unacknowledged", "acknowledged")


@dataclass
class Request:
    """A request to the bridge.

    Attributes:
        number: In its transaction and in the description that it sets.
        action: Of the topic.
        panel: Of the circuit or alarm.
        pole: Its first pole.
        at: When it was made, s.
        answers: With their times: "" is done, else why not.
        since: Of the alarm that is acknowledged.
        ends_at: Its deadline, s.
    """

    number: int
    action: str
    panel: str
    pole: int
    at: float
    answers: list[tuple[float, str]] = field(default_factory=list)
    since: str = ""
    ends_at: float = float("inf")

    @property
    def text(self) -> str:
        """The description that it sets."""
        return f"E{self.number}"


@dataclass
class Alarms:
    """What was published of a circuit's overload alarm: state and since, in order."""

    seen: list[tuple[float, str, str]] = field(default_factory=list)


class Desk:
    """A client of the broker without a network between."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.requests: list[Request] = []
        self.alarms: dict[tuple[str, int], Alarms] = {}
        self.energy: dict[str, float] = {}
        self.falls: list[str] = []
        self.asked_again = 0
        self.when_answered = _nothing
        self.connect()

    def connect(self) -> None:
        """Subscribes; after each start of the broker."""
        broker = self._world.broker
        broker.connect("desk", self, clean=True, expiry_s=0)
        broker.subscribe(
            "desk",
            [
                ("bcm/bridge/one/response/+", 1),
                ("bcm/+/circuit/+/alarm", 1),
                ("bcm/+/circuit/+/energy", 0),
            ],
        )

    def closed(self) -> None:
        """The broker is gone."""
        self._world.broker.disconnect("desk", self, in_order=True)

    def deliver(self, mid: int, message: Published) -> None:
        """A message."""
        if mid:
            self._world.broker.acknowledged("desk", self, mid)
        levels = message.topic.split("/")
        if levels[-1] == "energy":
            self._count(message)
        elif levels[-1] == "alarm" and message.payload:
            self._alarm(levels[1], int(levels[3]), json.loads(message.payload))
        elif "response" in levels:
            self._answered(json.loads(message.payload))

    def edit(self, panel: str, pole: int) -> bool:
        """Requests another description of a circuit."""
        request = self._request("circuit", panel, pole)
        return self._send(request, {"panel": panel, "pole": pole, "description": request.text})

    def acknowledge(self) -> bool:
        """Acknowledges an alarm that nobody has seen, if there is one."""
        for (panel, pole), alarms in sorted(self.alarms.items()):
            if alarms.seen and alarms.seen[-1][1] == "unacknowledged":
                request = self._request("acknowledge", panel, pole)
                request.since = alarms.seen[-1][2]
                return self._send(request, {"panel": panel, "pole": pole, "kind": "overload"})
        return False

    def _request(self, action: str, panel: str, pole: int) -> Request:
        return Request(len(self.requests) + 1, action, panel, pole, self._world.loop.now)

    def _send(self, request: Request, body: dict[str, Any]) -> bool:
        broker = self._world.broker
        if not broker.up:
            return False
        self.requests.append(request)
        said = {**body, "transaction": str(request.number)}
        if request.number % 2:  # as automations do; the others as the page and Home Assistant do
            self._publish(request, said)
            return True
        until = self._world.machines["desk"].now() + timedelta(seconds=_BEGUN_WITHIN_S)
        said["deadline"] = until.isoformat()
        request.ends_at = request.at + _BEGUN_WITHIN_S
        self._publish(request, said)
        if request.number % 4 == 0:  # a broker may deliver it twice
            self._publish(request, said)
        for later_s in _ASKS_AGAIN_S:
            self._world.loop.call_later(later_s, self._ask_again, request, said)
        return True

    def _ask_again(self, request: Request, said: dict[str, Any]) -> None:
        """Its deadline is over: it is asked what became of it."""
        if not request.answers and self._world.broker.up:
            self.asked_again += 1
            self._publish(request, said)

    def _publish(self, request: Request, said: dict[str, Any]) -> None:
        topic = f"bcm/bridge/one/request/{request.action}"
        self._world.broker.publish("desk", Published(topic, json.dumps(said).encode()))

    def _answered(self, body: dict[str, Any]) -> None:
        error = "" if body["status"] == "ok" else str(body["error"])
        request = self.requests[int(body["transaction"]) - 1]
        if body.get("done", "") is None:
            return  # it is not known
        request.answers.append((self._world.loop.now, error))
        then, self.when_answered = self.when_answered, _nothing
        then()

    def _alarm(self, panel: str, pole: int, body: dict[str, Any]) -> None:
        alarms = self.alarms.setdefault((panel, pole), Alarms())
        state = body["state"], body.get("since") or ""
        if not alarms.seen or alarms.seen[-1][1:] != state:
            alarms.seen.append((self._world.loop.now, *state))

    def _count(self, message: Published) -> None:
        kwh, before = float(message.payload), self.energy.get(message.topic, 0.0)
        if kwh < before and not message.retain:  # a broker that was killed keeps an older one
            self.falls.append(f"{message.topic}: {before} kWh, then {kwh}")
        self.energy[message.topic] = kwh


def _nothing() -> None:
    """Nobody waits for an answer."""
