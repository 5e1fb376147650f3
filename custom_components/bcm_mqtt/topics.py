"""Every topic that the integration reads or writes; docs/mqtt.md of bcm-mqtt has them."""

from __future__ import annotations

from dataclasses import dataclass


def every_info(base: str) -> str:
    """Filter for the infos of all bridges below a base topic."""
    return f"{base}/bridge/+/info"


def every_state(base: str) -> str:
    """Filter for the states of all bridges below a base topic."""
    return f"{base}/bridge/+/state"


def last_level(topic: str) -> str:
    """Of a response: what was asked for."""
    return topic.rpartition("/")[2]


def base_and_bridge(topic: str) -> tuple[str, str]:
    """Base topic and bridge id of the topic of an info or a state.

    Raises:
        ValueError: it is neither.
    """
    base, level, bridge, name = topic.rsplit("/", 3)
    if not base or not bridge or level != "bridge" or name not in {"info", "state"}:
        raise ValueError(topic)
    return base, bridge


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one bridge and of its site's billing."""

    base: str
    bridge: str

    @property
    def state(self) -> str:
        """`online` or `offline`."""
        return f"{self.base}/bridge/{self.bridge}/state"

    @property
    def info(self) -> str:
        """JSON of the bridge."""
        return f"{self.base}/bridge/{self.bridge}/info"

    @property
    def every_overload_alarm(self) -> tuple[str, str]:
        """Filters for the overload alarms of all circuits and mains; empty when one is gone."""
        return f"{self.base}/+/circuit/+/alarm", f"{self.base}/+/main/alarm"

    @property
    def every_month_to_date(self) -> str:
        """Filter for the months to date of all customers; empty when one is gone."""
        return f"{self.base}/customer/+/month_to_date"

    @property
    def site_month_to_date(self) -> str:
        """JSON of the site's month."""
        return f"{self.base}/billing/month_to_date"

    @property
    def every_response(self) -> tuple[str, str]:
        """Filters for the responses of the bridge and of billing."""
        return f"{self.base}/bridge/{self.bridge}/response/+", f"{self.base}/billing/response/+"

    def request(self, action: str) -> str:
        """Where the bridge is asked for something."""
        return f"{self.base}/bridge/{self.bridge}/request/{action}"

    def billing_request(self, action: str) -> str:
        """Where billing is asked for something."""
        return f"{self.base}/billing/request/{action}"
