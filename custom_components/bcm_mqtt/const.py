"""Names that more than one module uses."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

DOMAIN: Final = "bcm_mqtt"
LOGGER: Final = logging.getLogger(__package__)

DEFAULT_BASE_TOPIC: Final = "bcm"

CONF_BASE_TOPIC: Final = "base_topic"
CONF_BRIDGE: Final = "bridge"
CONF_CUSTOMERS: Final = "customers"
CONF_GRACE_MINUTES: Final = "grace_minutes"
CONF_ESTIMATED_PERCENT: Final = "estimated_percent"
CONF_HISTORY_MONTHS: Final = "history_months"

DEFAULT_GRACE_MINUTES: Final = 10
DEFAULT_ESTIMATED_PERCENT: Final = 5
DEFAULT_HISTORY_MONTHS: Final = 12

FOUND_WITHIN: Final = timedelta(seconds=10)
"""A bridge's info is retained: where there is one, it comes at once."""
CONNECTED_WITHIN: Final = timedelta(seconds=5)
"""On a start the connection to the broker takes milliseconds longer than the set-up of mqtt."""
