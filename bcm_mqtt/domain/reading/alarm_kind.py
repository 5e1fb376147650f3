"""The kinds of alarms, each declared once.

Topics, retained payloads, Home Assistant's entities, the page's words and the table in
docs/alarms.md derive from these declarations; docs/extending.md adds a kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, Self, TypeVar

from bcm_mqtt.domain.reading.alarm import CRITICAL_PERCENT, WARNING_PERCENT, Limits
from bcm_mqtt.domain.reading.loading import CircuitReading
from bcm_mqtt.domain.reading.panel_load import PairLoad, PanelLoad

_REDUNDANT_PERCENT = 80.0
_REDUNDANT_SHARE_PERCENT = 40.0
"""Of the smaller rating (DOMAIN): beyond that a feed cannot carry both loads for good."""


@dataclass(frozen=True, slots=True)
class AlarmLimits:
    """When the alarms of a site begin and end, in percent and percentage points.

    Attributes:
        warning: Of a breaker's rating: the continuous-load rule, NEC 210.20(A).
        critical: Of a breaker's rating.
        imbalance: Of a panel's phases.
        deadband: Below the limit, at which an alarm ends.
        on_delay: Polls in a row beyond the limit before it begins.
        off_delay: Polls in a row back before it ends.
    """

    warning: float = WARNING_PERCENT
    critical: float = CRITICAL_PERCENT
    imbalance: float = 20.0
    deadband: float = 5.0
    on_delay: int = 2
    off_delay: int = 1


class Beyond(NamedTuple):
    """The figures above which an alarm begins, and becomes critical; None: it never does."""

    warning: float
    critical: float | None = None


class MainReading(NamedTuple):
    """A panel's main at one poll.

    Attributes:
        rating_amps: Of the main breaker; None where it is not given.
        load: What it carries; None where no meter of the panel answers.
    """

    rating_amps: int | None
    load: PanelLoad | None


_Reading = TypeVar("_Reading")


@dataclass(frozen=True, slots=True)
class Watch(Generic[_Reading]):
    """How an alarm watches the circuits, mains or pairs of panels.

    Attributes:
        title: What it is called in docs/alarms.md.
        measured: What is held against the limits, in words.
        figure: That, by a reading; None where the reading does not say.
        entity: Its name in Home Assistant; "" where it is none.
        needs_rating: Whether only breakers with a rating have it; those of a pair always do.
        needs_power: Whether only panels whose meters measure power have it.
    """

    title: str
    measured: str
    figure: Callable[[_Reading], float | None]
    entity: str = ""
    needs_rating: bool = True
    needs_power: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of a kind.

    Attributes:
        beyond: Its limits, given the site's, and whether the breaker may carry 100 % of its
            rating continuously; None of a figure that is 0 or 1.
        circuit: How it watches a circuit, read while its panel answers.
        main: How it watches a panel's main at every poll.
        pair: How it watches a redundant pair of panels.
        level: The last level of its topic; else the kind and `_alarm`.
        plain_level: Of a topic that is `ON` or `OFF` whatever was done about it; "" for none.
    """

    beyond: Callable[[AlarmLimits, bool], Beyond] | None
    circuit: Watch[CircuitReading] | None = None
    main: Watch[MainReading] | None = None
    pair: Watch[PairLoad] | None = None
    level: str = ""
    plain_level: str = ""


_NOTHING = Declared(beyond=None)
"""Of a kind that is looked up by its name, `AlarmKind("overload")`."""


def _neutral_percent(main: MainReading) -> float | None:
    if main.load is None or main.load.neutral_amps is None or main.rating_amps is None:
        return None
    return 100 * main.load.neutral_amps / main.rating_amps


def _imbalance_percent(main: MainReading) -> float | None:
    if main.load is None or main.load.load_percent is None:
        return None
    # All phases are known: an imbalance without a figure is one too small to matter.
    return main.load.imbalance_percent or 0.0


class AlarmKind(StrEnum):
    """What an alarm watches: by its name in payloads and requests, all that is declared of it."""

    OVERLOAD = (
        "overload",
        Declared(
            beyond=lambda limits, fully_rated: Beyond(
                limits.critical if fully_rated else limits.warning, limits.critical
            ),
            circuit=Watch(
                title="overload of a circuit",
                measured="amps of the highest pole, in % of the breaker's rating",
                figure=lambda circuit: circuit.load_percent,
                entity="Overload",
            ),
            main=Watch(
                title="overload of the main",
                measured="amps of the most loaded phase, in % of the main's rating",
                figure=lambda main: main.load.load_percent if main.load else None,
                entity="Main overload",
            ),
            level="alarm",
            plain_level="overload",
        ),
    )
    NO_DATA = (
        "no_data",
        Declared(
            beyond=None,
            circuit=Watch(
                title="no data of a circuit",
                measured="a pole could not be read while the panel answers",
                figure=lambda circuit: float(circuit.amps is None),
                needs_rating=False,
            ),
            main=Watch(
                title="no data of a panel",
                measured="no meter of the panel answers; its circuits then have no alarm each",
                figure=lambda main: float(main.load is None),
                needs_rating=False,
            ),
        ),
    )
    WIRING = (
        "wiring",
        Declared(
            beyond=None,
            circuit=Watch(
                title="wiring of a circuit",
                measured="the device's power runs backwards by more than 10 W and 1 % of rating x "
                "volts, or is less than a fifth of volts x amps",
                figure=lambda circuit: None if circuit.misfit is None else float(circuit.misfit),
                needs_rating=False,
                needs_power=True,
            ),
        ),
    )
    IMBALANCE = (
        "imbalance",
        Declared(
            beyond=lambda limits, _: Beyond(limits.imbalance),
            main=Watch(
                title="phase imbalance",
                measured="the greatest deviation of a phase from their mean, in % of it; "
                "nothing under 10 % of the main's rating",
                figure=_imbalance_percent,
                entity="Imbalance",
            ),
        ),
    )
    NEUTRAL = (
        "neutral",
        Declared(
            beyond=lambda limits, _: Beyond(limits.warning, limits.critical),
            main=Watch(
                title="neutral",
                measured="neutral current of the line-neutral circuits, in % of the main's rating",
                figure=_neutral_percent,
                entity="Neutral overload",
            ),
        ),
    )
    REDUNDANCY = (
        "redundancy",
        Declared(
            beyond=lambda limits, _: Beyond(_REDUNDANT_PERCENT, limits.critical),
            pair=Watch(
                title="redundancy",
                measured="what the panel would carry without the other feed: both panels' amps "
                "on a phase, in % of the smaller main rating",
                figure=lambda pair: pair.combined_percent,
                entity="Redundancy lost",
            ),
        ),
    )
    REDUNDANT_SHARE = (
        "redundant_share",
        Declared(
            beyond=lambda _limits, _: Beyond(_REDUNDANT_SHARE_PERCENT),
            pair=Watch(
                title="redundant share",
                measured="what the panel carries itself, in % of the smaller main rating",
                figure=lambda pair: pair.own_percent,
                entity="Redundancy at risk",
            ),
        ),
    )

    declared: Declared
    circuit: Watch[CircuitReading] | None
    main: Watch[MainReading] | None
    pair: Watch[PairLoad] | None
    level: str
    plain_level: str

    def __new__(cls, value: str, declared: Declared = _NOTHING) -> Self:
        """A text that knows its declaration."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.declared = declared
        kind.circuit, kind.main, kind.pair = declared.circuit, declared.main, declared.pair
        kind.level = declared.level or f"{value}_alarm"
        kind.plain_level = declared.plain_level
        return kind

    @property
    def is_measured(self) -> bool:
        """Whether its figure is in %; else it is 0 or 1."""
        return self.declared.beyond is not None

    @property
    def label(self) -> str:
        """In words, such as `no data`."""
        return self.value.replace("_", " ")

    @property
    def entity_key(self) -> str:
        """Of its entity among a device's in Home Assistant, the last part of its unique id."""
        return self.plain_level or self.level

    def limits(self, site: AlarmLimits, *, fully_rated: bool = False) -> Limits:
        """When an alarm of this kind begins and ends.

        Args:
            site: Limits of the site.
            fully_rated: Whether the breaker may carry 100 % of its rating continuously.
        """
        beyond = self.declared.beyond
        warning, critical = beyond(site, fully_rated) if beyond else Beyond(0.5)
        deadband = site.deadband if beyond else 0.0
        return Limits(warning, critical, deadband, site.on_delay, site.off_delay)
