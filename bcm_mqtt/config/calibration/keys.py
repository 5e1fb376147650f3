"""The keys of a calibration.

```yaml
billing:
  calibrate_to:
    utility:
      name: Utility meter 4711
      meter: msb-1:1
      panels: [rpp-1a, rpp-1b]
      parts:
        rpp-1b:41: {kwh_a_day: 24}
        transformer: {share: 1.5}
```
"""

from decimal import Decimal
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.directory.panel_times import time_text
from bcm_mqtt.domain.site.feeder import Feeder

_GREATEST: Final = Decimal(20)
"""Percent: a circuit that is off by more is wrongly measured, which no factor mends."""


def _bound(value: object) -> Decimal:
    """Percent above 0, at most 20, as a share."""
    found = values.decimal(value, low=Decimal(0), high=_GREATEST)
    if not found or found != round(found, 2):
        message = f"expected percent above 0, at most {_GREATEST}, with at most two decimals"
        raise vol.Invalid(message)
    return found / 100


def _part(value: object) -> Decimal:
    """Percent of what the meter measures, as a share."""
    found = values.share(value)
    if found == 1 or found != round(found, 6):
        message = "expected percent below 100, with at most four decimals"
        raise vol.Invalid(message)
    return found


def _kwh(value: object) -> Decimal:
    return values.decimal(value, low=Decimal(0), high=Decimal(1_000_000))


CALIBRATION: Final[dict[Any, Any]] = {
    vol.Required("meter"): values.parsed(Feeder.parse),
    vol.Optional("name"): values.line,
    vol.Optional("panels", default=list): [values.panel_identifier],
    vol.Optional("circuits", default=list): [values.parsed(Feeder.parse)],
    vol.Optional("parts", default=dict): {
        values.line: {vol.Optional("share"): _part, vol.Optional("kwh_a_day"): _kwh}
    },
    vol.Optional("uncertainty", default=5): _bound,
    vol.Optional("valid_from"): time_text,
    vol.Optional("valid_to"): time_text,
}
"""Of one revenue meter."""
