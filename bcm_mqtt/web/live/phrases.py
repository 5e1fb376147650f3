"""What feeds say in words: in the language of whoever follows, when it is sent."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.reading.alarm import AlarmState
from bcm_mqtt.languages import _, number, translated


@dataclass(frozen=True, slots=True)
class AlarmsText:
    """Alarms of a circuit or main, in words such as `overload, no data: acknowledged`."""

    kinds: tuple[str, ...]
    state: AlarmState

    def __str__(self) -> str:
        """In the language that is spoken; "" without alarms."""
        if not self.kinds:
            return ""
        state = translated(self.state.value.replace("_", " "))
        return f"{', '.join(map(translated, self.kinds))}: {state}"


@dataclass(frozen=True, slots=True)
class LimitsText:
    """The limits of a circuit's overload in % of its rating; None where there is none."""

    warning: float | None
    critical: float | None

    def __str__(self) -> str:
        """In the language that is spoken; "" without limits."""
        if self.warning is None:
            return ""
        warning = number(Decimal(f"{self.warning:g}"))
        if self.critical is None:
            return _("warning above %(warning)s %%", warning=warning)
        critical = number(Decimal(f"{self.critical:g}"))
        return _(
            "warning above %(warning)s %%, critical above %(critical)s %%",
            warning=warning,
            critical=critical,
        )
