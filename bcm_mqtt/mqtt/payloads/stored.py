"""What recorders say of themselves, both ways: their state, and what they have stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from bcm_mqtt.domain.reading.stored import Name, Range, Series
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded
from bcm_mqtt.mqtt.payloads.fields import (
    VERSION,
    PayloadError,
    from_to,
    json_object,
    text,
    time,
    whole,
)


class RecorderPresence(StrEnum):
    """Whether a recorder runs; `forgotten` until one of its name starts again."""

    ONLINE = "online"
    OFFLINE = "offline"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class RecorderState:
    """A recorder.

    Attributes:
        recorder: Its name.
        state: Whether it runs.
        database: Names the database that it stores to; "" where it does not say.
        boot: Names this run of it.
        commits: How often it had stored snapshots there when it started.
        newest: Time of the newest snapshot there when it started, by panel.
        problem: Why it stores nothing of some for now, or "".
    """

    recorder: str
    state: RecorderPresence
    database: str = ""
    boot: str = ""
    commits: int = 0
    newest: Mapping[str, datetime] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """Snapshots that are committed, or safe in the quarantine.

    Attributes:
        recorder: That stored them.
        database: Where they are.
        commits: How often the recorder has stored snapshots there by now.
        ranges: By panel and source.
    """

    recorder: str
    database: str
    commits: int
    ranges: Mapping[Series, list[Range]]


def _presence(value: Any) -> RecorderPresence:
    return RecorderPresence(text(value))


_STATE = Codec(
    RecorderState,
    brief=True,
    state=Form(f"one of {', '.join(RecorderPresence)}", _presence, str),
    commits=Form("a whole number from 0 on", from_to(0, 2**63 - 1)),
    newest=Form(
        "an object of times by panel",
        lambda value: {text(panel): time(at) for panel, at in value.items()},
        lambda newest: {panel: to_text(at) for panel, at in newest.items()},
    ),
)


def encode_recorder_state(state: RecorderState) -> bytes:
    """JSON of a recorder's state."""
    return encoded({"v": VERSION, **_STATE.body(state)})


def decode_recorder_state(payload: bytes) -> RecorderState:
    """The state of a payload on a recorder's topic.

    Raises:
        PayloadError: it is none.
    """
    return _STATE.read(_known(payload))


def encode_stored(report: StoredReport) -> bytes:
    """JSON: `panels` has, by panel and source, lists of first time, last time and count."""
    panels: dict[str, dict[str, list[tuple[str, str, int]]]] = {}
    for series, ranges in report.ranges.items():
        panels.setdefault(series.panel, {})[series.source] = [
            (to_text(first), to_text(last), count) for first, last, count in ranges
        ]
    return orjson.dumps(
        {
            "v": VERSION,
            "recorder": report.recorder,
            "database": report.database,
            "commits": report.commits,
            "panels": panels,
        }
    )


def decode_stored(payload: bytes) -> StoredReport:
    """What a payload says is stored.

    Raises:
        PayloadError: it says nothing of the kind.
    """
    body = _known(payload)
    try:
        return StoredReport(
            text(body["recorder"]),
            text(body["database"]),
            whole(body["commits"]),
            {
                Series(panel, source): [
                    Range(time(first), time(last), from_to(1, 2**31)(count))
                    for first, last, count in ranges
                ]
                for panel, sources in body["panels"].items()
                for source, ranges in sources.items()
            },
        )
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise PayloadError("expected ranges of stored snapshots by panel and source") from None


def name_of(payload: bytes, panel: str) -> Name | None:
    """The name of a snapshot that may be wrong otherwise; None where it says none."""
    try:
        body = json_object(payload)
        series = Series(panel, text(body.get("source", "")))
        return Name(series, time(body["time"]), from_to(0, 2**63 - 1)(body["seq"]))
    except (PayloadError, LookupError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _known(payload: bytes) -> dict[str, Any]:
    body = json_object(payload)
    if body.get("v") != VERSION:
        raise PayloadError(f"v: expected {VERSION}")
    return body
