"""What is published, as far as the integration needs it, and what a bridge publishes of itself.

Unknown keys are passed over, so that an older integration reads a newer bridge.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

type Payload = str | bytes | bytearray
"""As mqtt hands it over."""

VERSION = 1


class PayloadError(ValueError):
    """A payload is not what was expected."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Snapshots of a panel that are in no database.

    Attributes:
        panel: Its id.
        first: When the first of them was read.
        last: When the last was.
        snapshots: How many.
        cause: Why, in the bridge's words.
    """

    panel: str
    first: datetime
    last: datetime
    snapshots: int
    cause: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Of a span in an info."""
        return cls(
            panel=str(body["panel"]),
            first=time_of(body["first"]),
            last=time_of(body["last"]),
            snapshots=int(body["snapshots"]),
            cause=str(body["cause"]),
        )


@dataclass(frozen=True, slots=True)
class BridgeInfo:
    """A bridge and how it does.

    Attributes:
        version: Of its software.
        bridge: Its id.
        site: Id of the site.
        site_name: For people.
        time_zone: Of the site, such as America/New_York: its months begin at its midnight.
        panels: Whether each panel's meters answer, by panel id; None before the first poll.
        waiting: Snapshots in the outbox.
        dropped: Snapshots that had no room in it since the bridge started.
        disk_fails: Whether the outbox cannot be written.
        lasts: How long no snapshot is lost if none is stored from now on; None of an older bridge.
        runs_short: Whether snapshots wait and are lost within a day if that goes on.
        recorders_away: Names of the recorders that are expected to store and do not run.
        lost: What was lost, the latest last.
        problems: Why a changed configuration or directory was refused.
        deadlines: Whether its requests may have a deadline; those of earlier releases may not.
        names: Whether its requests may say who requests; as `deadlines`.
    """

    version: str
    bridge: str
    site: str
    site_name: str
    time_zone: str
    panels: Mapping[str, bool | None]
    waiting: int
    dropped: int
    disk_fails: bool
    lasts: timedelta | None
    runs_short: bool
    recorders_away: tuple[str, ...]
    lost: tuple[Lost, ...]
    problems: tuple[str, ...]
    deadlines: bool = False
    names: bool = False

    @classmethod
    def parse(cls, payload: Payload) -> Self:
        """Of a retained info; a PayloadError where it is none."""
        body = json_object(payload)
        try:
            outbox = body.get("outbox") or {}
            problems = (body.get("configuration_problem"), body.get("directory_problem"))
            return cls(
                version=str(body["version"]),
                bridge=str(body["bridge"]),
                site=str(body["site"]["id"]),
                site_name=str(body["site"]["name"]),
                time_zone=str(body["site"]["time_zone"]),
                panels={str(key): panel.get("answering") for key, panel in body["panels"].items()},
                waiting=int(outbox.get("waiting", 0)),
                dropped=int(outbox.get("dropped", 0)),
                disk_fails=bool(outbox.get("disk_fails", False)),
                lasts=_lasting(outbox.get("lasts_s")),
                runs_short=bool(outbox.get("runs_short", False)),
                recorders_away=tuple(
                    str(one["name"]) for one in outbox.get("recorders") or () if not one["online"]
                ),
                lost=tuple(map(Lost.of, outbox.get("lost") or ())),
                problems=tuple(str(problem) for problem in problems if problem),
                deadlines=body.get("deadlines") is True,
                names=body.get("names") is True,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PayloadError(f"no bridge's info: {error!r}") from error


def json_object(payload: Payload) -> dict[str, Any]:
    """A JSON object of the version that is known, or of none; a PayloadError else."""
    try:
        body = json.loads(payload, parse_constant=_finite, parse_float=_finite)
    except ValueError as error:
        raise PayloadError(f"no JSON: {error}") from error
    if not isinstance(body, dict) or body.get("v", VERSION) != VERSION:
        raise PayloadError(f"expected a JSON object of version {VERSION}")
    return body


def _finite(written: str) -> float:
    """A number of JSON, which NaN and endless ones are not."""
    if not isfinite(number := float(written)):
        raise ValueError(f"{written[:40]} is no number of JSON")
    return number


def _lasting(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=float(seconds))


def time_of(value: str) -> datetime:
    """An instant; a ValueError where it is none."""
    if (found := dt_util.parse_datetime(value)) is None:
        raise ValueError(value)
    return dt_util.as_utc(found)
