"""Every topic string."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, unquote

from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id

LONGEST_TOPIC = 65_535
"""Bytes of a topic, as MQTT has it."""

_CIRCUIT_ALARMS = tuple(kind for kind in AlarmKind if kind.circuit)
_MAIN_ALARMS = tuple(kind for kind in AlarmKind if kind.main or kind.pair)
_ALARM_OF_LEVEL = {kind.level: kind for kind in AlarmKind}

CIRCUIT_QUANTITIES = (
    *("current", "power", "energy", "load"),
    *(kind.plain_level for kind in _CIRCUIT_ALARMS if kind.plain_level),
    *(kind.level for kind in _CIRCUIT_ALARMS),
    "directory",
)
"""The last level of a circuit's topics."""

MAIN_QUANTITIES = (
    *("current_a", "current_b", "current_c"),  # A per phase
    "power",  # W
    "energy",  # kWh
    "neutral",  # A
    "imbalance",  # %
    "load",  # % of the main's rating
    "redundant_load",  # % of the pair's smaller rating, were the other feed to fail
    *(kind.plain_level for kind in _MAIN_ALARMS if kind.plain_level),
    *(kind.level for kind in _MAIN_ALARMS),
)
"""The last level of the topics of a panel's main."""


class Kind(StrEnum):
    """What a topic carries, of those that a watcher of the whole site follows."""

    BRIDGE_STATE = "bridge state"
    BRIDGE_INFO = "bridge info"
    RESPONSE = "response"
    AVAILABILITY = "availability"
    DIRECTORY = "directory"
    SNAPSHOT = "snapshot"
    ALARM = "alarm"


class Subject(NamedTuple):
    """What a topic is about.

    Attributes:
        kind: What it carries.
        owner: The bridge or panel.
        pole: Of an alarm: first pole, or MAIN.
        alarm: Of an alarm: its kind.
    """

    kind: Kind
    owner: str
    pole: int = MAIN
    alarm: AlarmKind = AlarmKind.OVERLOAD


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics below one base.

    Attributes:
        base: Base topic, one level or several, such as `bcm` or `site/dc1/bcm`.
        discovery_prefix: Of Home Assistant, such as `homeassistant`.
    """

    base: str = "bcm"
    discovery_prefix: str = "homeassistant"

    def bridge_state(self, bridge: str) -> str:
        """`online` or `offline` (last will); retained, QoS 1."""
        return f"{self.base}/bridge/{bridge}/state"

    def bridge_info(self, bridge: str) -> str:
        """JSON: version, site, panels, gateways with health; retained, QoS 1."""
        return f"{self.base}/bridge/{bridge}/info"

    def bridge_lease(self, bridge: str) -> str:
        """JSON: which of a pair of bridges polls, each second or so; retained, QoS 0."""
        return f"{self.base}/bridge/{bridge}/lease"

    def availability(self, panel: str) -> str:
        """`online` or `offline` of a panel; retained, QoS 1."""
        return f"{self.base}/{panel}/availability"

    def directory(self, panel: str) -> str:
        """JSON: the panel and all its circuit versions; retained, QoS 1."""
        return f"{self.base}/{panel}/directory"

    def snapshot(self, panel: str) -> str:
        """JSON: all values of one poll; not retained, QoS 1."""
        return f"{self.base}/{panel}/snapshot"

    def recorder_state(self, recorder: str) -> str:
        """JSON: whether it runs, and what its database has; retained (last will), QoS 1."""
        return f"{self.base}/recorder/{recorder}/state"

    def stored(self, recorder: str) -> str:
        """JSON: which snapshots are committed, by panel and source; not retained, QoS 1."""
        return f"{self.base}/recorder/{recorder}/stored"

    def circuit(self, panel: str, circuit: CircuitId, quantity: str) -> str:
        """A plain number: `current` A, `power` W, `energy` kWh, `load` %; QoS 0."""
        return f"{self.base}/{panel}/circuit/{circuit}/{quantity}"

    def main(self, panel: str, quantity: str) -> str:
        """A plain number of the panel's main, see MAIN_QUANTITIES; QoS 0."""
        return f"{self.base}/{panel}/main/{quantity}"

    def circuit_directory(self, panel: str, circuit: CircuitId) -> str:
        """JSON: what the circuit is now, of all its versions; retained, QoS 1."""
        return self.circuit(panel, circuit, "directory")

    def plain_alarm(self, panel: str, first_pole: int, kind: AlarmKind) -> str:
        """`ON` or `OFF`, of a circuit or, with pole MAIN, of the main; retained, QoS 1."""
        return self._of(panel, first_pole, kind.plain_level)

    def alarm(self, panel: str, first_pole: int, kind: AlarmKind) -> str:
        """JSON of an alarm of a circuit or, with pole MAIN, of the panel; retained, QoS 1."""
        return self._of(panel, first_pole, kind.level)

    def request(self, bridge: str, action: str) -> str:
        """JSON: a request to the bridge; not retained, QoS 1."""
        return f"{self.base}/bridge/{bridge}/request/{action}"

    def response(self, bridge: str, action: str) -> str:
        """JSON: what became of a request; not retained, QoS 1."""
        return f"{self.base}/bridge/{bridge}/response/{action}"

    def instance_request(self, bridge: str) -> str:
        """JSON: which instance of a bridge runs, asked by another one; not retained, QoS 0."""
        return self.request(bridge, "instance")

    def instance_response(self, bridge: str) -> str:
        """JSON: its `boot`; not retained, QoS 1."""
        return self.response(bridge, "instance")

    def month_to_date(self, customer: str) -> str:
        """JSON: what a customer has used in this month; retained, QoS 1.

        A customer's id may hold anything, also what a topic may not (`/`, `+`, `#`, control
        characters): whatever is no ASCII letter, digit or one of `-._~` is written as in a
        URL, `%2F`.
        """
        return f"{self.base}/customer/{quote(customer, safe='')}/month_to_date"

    @property
    def site_month_to_date(self) -> str:
        """JSON: what the site has used in this month, and what is unallocated; retained, QoS 1."""
        return f"{self.base}/billing/month_to_date"

    @property
    def hours_request(self) -> str:
        """JSON: a request for a month's energy by hour; not retained, QoS 1."""
        return f"{self.base}/billing/request/hours"

    @property
    def hours_response(self) -> str:
        """JSON: each customer's energy by hour, or why there is none; not retained, QoS 1."""
        return f"{self.base}/billing/response/hours"

    @property
    def report_request(self) -> str:
        """JSON: a request for a month's bills, of one customer or all; not retained, QoS 1."""
        return f"{self.base}/billing/request/report"

    @property
    def report_response(self) -> str:
        """JSON: the bill, or why there is none; not retained, QoS 1."""
        return f"{self.base}/billing/response/report"

    def discovery(self, device: str) -> str:
        """Home Assistant's device-based discovery; retained, QoS 1."""
        return f"{self.discovery_prefix}/device/{device}/config"

    @property
    def home_assistant_status(self) -> str:
        """Home Assistant's birth and will: `online`, `offline`."""
        return f"{self.discovery_prefix}/status"

    @property
    def every_snapshot(self) -> str:
        """Filter for the snapshots of all panels."""
        return self.snapshot("+")

    def every_snapshot_shared(self, group: str) -> str:
        """Filter for the snapshots of all panels, each for one member of a group (MQTT 5)."""
        return f"$share/{group}/{self.every_snapshot}"

    @property
    def every_directory(self) -> str:
        """Filter for the directories of all panels."""
        return self.directory("+")

    @property
    def every_circuit_value(self) -> str:
        """Filter for all per-circuit topics of all panels."""
        return f"{self.base}/+/circuit/+/+"

    @property
    def everything_live(self) -> tuple[str, ...]:
        """Filters for all that `subject_of` knows."""
        return (
            self.bridge_state("+"),
            self.bridge_info("+"),
            self.response("+", "+"),
            self.availability("+"),
            self.directory("+"),
            self.snapshot("+"),
            *self.every_alarm,
        )

    @property
    def every_alarm(self) -> tuple[str, ...]:
        """Filters for the alarms of all panels."""
        return (
            *(f"{self.base}/+/circuit/+/{kind.level}" for kind in _CIRCUIT_ALARMS),
            *(self.main("+", level) for level in _ALARM_OF_LEVEL),
        )

    def subject_of(self, topic: str) -> Subject | None:
        """What a topic is about; None of any other than those of `everything_live`."""
        match topic.removeprefix(f"{self.base}/").split("/"):
            case ["bridge", bridge, ("state" | "info") as level]:
                return Subject(Kind(f"bridge {level}"), bridge)
            case ["bridge", bridge, "response", _]:
                return Subject(Kind.RESPONSE, bridge)
            case [panel, ("availability" | "directory" | "snapshot") as level]:
                return Subject(Kind(level), panel)
            case [panel, "main", level] if level in _ALARM_OF_LEVEL:
                return Subject(Kind.ALARM, panel, MAIN, _ALARM_OF_LEVEL[level])
            case [panel, "circuit", pole, level] if level in _ALARM_OF_LEVEL and pole.isdecimal():
                return Subject(Kind.ALARM, panel, int(pole), _ALARM_OF_LEVEL[level])
        return None

    @property
    def every_month_to_date(self) -> str:
        """Filter for the months to date of all customers."""
        return f"{self.base}/customer/+/month_to_date"

    def customer_of(self, topic: str) -> str:
        """The customer of a month to date's topic."""
        return unquote(topic.removeprefix(f"{self.base}/customer/").rpartition("/")[0])

    def circuit_of(self, topic: str) -> tuple[str, CircuitId, str]:
        """Panel, circuit and quantity of a per-circuit topic."""
        panel, _, circuit, quantity = topic.removeprefix(f"{self.base}/").split("/")
        return panel, circuit_id(circuit), quantity

    def every_request(self, bridge: str) -> str:
        """Filter for all requests to a bridge."""
        return self.request(bridge, "+")

    def _of(self, panel: str, first_pole: int, quantity: str) -> str:
        is_main = first_pole == MAIN
        return self.main(panel, quantity) if is_main else self.circuit(panel, first_pole, quantity)

    def panel_of(self, topic: str) -> str:
        """The panel that a snapshot or directory topic belongs to."""
        return topic.removeprefix(f"{self.base}/").rpartition("/")[0]

    @property
    def every_recorder(self) -> tuple[str, str]:
        """Filters for what recorders say of themselves."""
        return self.recorder_state("+"), self.stored("+")

    def recorder_of(self, topic: str) -> tuple[str, str] | None:
        """The recorder of a topic of its own, and the topic's last level."""
        match topic.removeprefix(f"{self.base}/").split("/"):
            case ["recorder", recorder, ("state" | "stored") as level]:
                return recorder, level
        return None

    def is_info(self, topic: str) -> bool:
        """Whether it is the topic of a bridge's info."""
        subject = self.subject_of(topic) if topic.endswith("/info") else None  # few are
        return subject is not None and subject.kind is Kind.BRIDGE_INFO

    def is_snapshot(self, topic: str) -> bool:
        """Whether it is a snapshot's topic (else, of what is subscribed, a directory's)."""
        return topic.endswith("/snapshot")


def response_to(request: str) -> str:
    """The topic of the response to a request, given its topic."""
    owner, _, action = request.rsplit("/", 2)
    return f"{owner}/response/{action}"
