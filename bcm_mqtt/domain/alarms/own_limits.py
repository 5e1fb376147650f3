"""Limits of overload that a circuit or a customer has in place of the site's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bcm_mqtt.domain.reading.alarm import MAIN, Limits
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, AlarmLimits


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """In percent of the breaker's rating; None where the next wider ones hold.

    Attributes:
        warning: Above which an overload is warned of.
        critical: Above which it is critical.
    """

    warning: float | None = None
    critical: float | None = None


@dataclass(frozen=True, slots=True)
class AllLimits:
    """The limits of a site: a circuit's own, or else its customer's, or else the site's.

    Attributes:
        site: Of every circuit without others.
        customers: By customer id.
        circuits: By panel id and first pole.
    """

    site: AlarmLimits = field(default_factory=AlarmLimits)
    customers: Mapping[str, OwnLimits] = field(default_factory=dict)
    circuits: Mapping[tuple[str, int], OwnLimits] = field(default_factory=dict)

    def of(
        self, panel: str, pole: int, kind: AlarmKind, customer: str = "", *, fully_rated: bool
    ) -> Limits:
        """When an alarm begins and ends.

        Each number is the narrowest that is stated. Where a warning would come above critical,
        the wider of the two gives way. A stated warning holds also for a breaker that may carry
        100 % of its rating continuously.

        Args:
            panel: Panel id.
            pole: First pole, or MAIN, which has the site's limits.
            kind: Of the alarm.
            customer: Whose circuit it is; "" where it is unallocated.
            fully_rated: Whether the breaker may carry 100 % of its rating continuously.
        """
        if pole == MAIN or kind is not AlarmKind.OVERLOAD:
            return kind.limits(self.site, fully_rated=fully_rated)
        own = [self.circuits.get((panel, pole)), self.customers.get(customer)]
        warning, warns = _narrowest([one.warning if one else None for one in own])
        critical, ends = _narrowest([one.critical if one else None for one in own])
        limits = replace(
            self.site,
            warning=self.site.warning if warning is None else warning,
            critical=self.site.critical if critical is None else critical,
        )
        if fully_rated and warning is None:
            limits = replace(limits, warning=limits.critical)
        elif limits.warning > limits.critical and warns < ends:
            limits = replace(limits, critical=limits.warning)
        elif limits.warning > limits.critical:
            limits = replace(limits, warning=limits.critical)
        return kind.limits(limits)


def _narrowest(stated: list[float | None]) -> tuple[float | None, int]:
    """The first that is stated, and its place; else None, and the place after the last."""
    return next(
        ((one, place) for place, one in enumerate(stated) if one is not None), (None, len(stated))
    )
