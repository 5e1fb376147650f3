"""Sources as a configuration writes them: one under the panel itself, or a list of several."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from bcm_mqtt.config.settings import ConnectionSettings
from bcm_mqtt.config.sources.settings import SourceSettings
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath
from bcm_mqtt.mqtt.broker import Broker

Complain = Callable[..., None]
LIST: Final = "sources"
SHARED: Final = ("name", "poles", "poll_interval", "periods", "valid_from", "valid_to")
"""Keys of sources of any kind."""


@dataclass(frozen=True, slots=True)
class Written:
    """A source as it is written.

    Attributes:
        panel: Its panel's id.
        place: Of its keys below the panel: none where the panel itself has them.
        value: Validated, with what the panel says for all of its sources.
    """

    panel: str
    place: KeyPath
    value: Mapping[str, Any]

    @property
    def is_listed(self) -> bool:
        """Whether it is one of a list, so that it has a name and poles of its own."""
        return bool(self.place)


@dataclass(frozen=True, slots=True)
class Site:
    """What sources refer to, and what is wrong with them.

    Attributes:
        document: As the user wrote it.
        folder: Of the main file.
        zone: In which times are read.
        gateways: The good ones, by id.
        problems: Found so far.
    """

    document: Document
    folder: Path
    zone: ZoneInfo
    gateways: Mapping[str, ConnectionSettings]
    problems: list[Problem] = field(default_factory=list)

    def complain(self, written: Written, message: str, *keys: str | int) -> None:
        """Notes a mistake at some key of a source."""
        place = ("panels", written.panel, *written.place, *keys)
        self.problems.append(self.document.problem(place, message))


@dataclass(frozen=True, slots=True)
class GatewaySite:
    """What gateways refer to.

    Attributes:
        document: As the user wrote it.
        folder: Of the main file.
        broker: The site's own.
        base: The topics below which the site publishes there.
    """

    document: Document
    folder: Path
    broker: Broker
    base: str


@dataclass(frozen=True, slots=True)
class WrittenGateway:
    """A gateway as it is written: takes what is wrong with it.

    Attributes:
        id: Its key.
        site: What it refers to.
        problems: Found so far.
    """

    id: str
    site: GatewaySite
    problems: list[Problem] = field(default_factory=list)

    @property
    def place(self) -> KeyPath:
        """Of its keys."""
        return "gateways", self.id

    @property
    def keys(self) -> set[str]:
        """That it has."""
        return set(self.site.document.value(self.place) or {})

    def __call__(self, message: str, *keys: str) -> None:
        """Notes a mistake at some key of it."""
        self.problems.append(self.site.document.problem((*self.place, *keys), message))


class Connections(Protocol):
    """A kind of what sources are read through, in `gateways`; named there by the kind's key."""

    @property
    def keys(self) -> Mapping[Any, Any]:
        """The keys that only its gateways have, as voluptuous has them; none is required there."""

    def settings(
        self, key: str, value: Mapping[str, Any], complain: WrittenGateway
    ) -> ConnectionSettings | None:
        """What a gateway of it is; None where that is wrong.

        Args:
            key: Its id.
            value: Validated, with `timeout` and `poll_interval`.
            complain: Takes what is wrong, and below the gateway the keys to where it is; and
                knows what else is written.
        """


class Kind(Protocol):
    """A kind of source: its entry in `KINDS` has the key that names it."""

    @property
    def keys(self) -> Mapping[Any, Any]:
        """The keys that only its sources have, as voluptuous has them; none is required there."""

    def settings(self, written: Written, site: Site) -> SourceSettings | None:
        """What a source of it is; None where that is wrong, which the site has been told."""


def written_sources(panels: Mapping[str, Any], kinds: Collection[str]) -> Iterator[Written]:
    """The sources of all panels, each of a kind as far as it says so.

    Args:
        panels: Validated `panels`.
        kinds: The keys that name the kinds.
    """
    for panel, value in panels.items():
        if LIST not in value:
            if any(kind in value for kind in kinds):
                yield Written(panel, (), value)
            continue
        of_all = {"poll_interval": value["poll_interval"]} if "poll_interval" in value else {}
        for index, one in enumerate(value[LIST]):
            yield Written(panel, (LIST, index), {**of_all, **one})


def form_mistakes(
    document: Document, panels: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> Iterator[Problem]:
    """Panels without a source, with both forms, or with keys of another kind than their own."""
    required = next(iter(kinds))
    for panel, value in panels.items():
        place: KeyPath = ("panels", panel)
        written = document.value(place) or {}
        if LIST in value:
            if not written[LIST]:
                yield document.problem((*place, LIST), "expected at least one source")
            alone = {"periods", *(str(key) for kind in kinds.values() for key in kind.keys)}
            for key in sorted(alone & set(written)):
                message = "is given with sources: expected it in each of them"
                yield document.problem((*place, key), message)
        elif not any(kind in written for kind in kinds):
            yield document.problem((*place, required), "is required")
    for one in written_sources(panels, kinds):
        yield from _of_another_kind(document, one, kinds)


def _of_another_kind(
    document: Document, one: Written, kinds: Mapping[str, Kind]
) -> Iterator[Problem]:
    place = ("panels", one.panel, *one.place)
    written = document.value(place) or {}
    named = [kind for kind in kinds if kind in written]
    if one.is_listed and not named:
        yield document.problem(place, f"expected {' or '.join(kinds)}: what it is read through")
        return
    for other in named[1:]:
        message = f"is given with {named[0]}: expected one of the two"
        yield document.problem((*place, other), message)
    own = {str(key) for key in kinds[named[0]].keys}
    for kind, of_kind in kinds.items():
        for key in sorted({str(key) for key in of_kind.keys} - own - set(named)):
            if key in written:
                message = f"has a meaning with {kind} only, not with {named[0]}"
                yield document.problem((*place, key), message)
