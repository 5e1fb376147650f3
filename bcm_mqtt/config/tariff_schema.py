"""The schema of tariffs.yaml."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import tariff_values, values
from bcm_mqtt.domain.rating.lines import LineKind
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.located import Each, Shaped

_CONNECTIONS = [one.value for one in Connection if one is not Connection.NONE]
_TAXED = [kind.value for kind in LineKind if kind is not LineKind.TAX]


def _one_or_more(single: Callable[[Any], Any]) -> Shaped:
    return Shaped(single, listed=Each(single))


_TIERS = Each(
    {
        vol.Optional("up_to"): values.not_negative,
        vol.Required("price"): values.not_negative,
    }
)

_ENERGY = Shaped(
    values.not_negative,
    listed=_TIERS,
    mapping={values.text: Shaped(values.not_negative, listed=_TIERS)},
)

_RULE = {
    vol.Required("period"): values.text,
    vol.Optional("months"): _one_or_more(values.whole(1, 12)),
    vol.Optional("season"): _one_or_more(tariff_values.season),
    vol.Optional("days"): _one_or_more(tariff_values.days),
    vol.Optional("hours"): _one_or_more(tariff_values.hours),
}

_DEMAND = {
    vol.Required("price"): values.not_negative,
    vol.Optional("coincident", default=True): values.boolean,
    vol.Optional("period"): values.text,
    vol.Optional("ratchet"): {
        vol.Required("share"): partial(values.decimal, low=Decimal(0), high=Decimal(1)),
        vol.Required("months"): values.whole(1, 60),
    },
    vol.Optional("minimum_kw", default=0): values.not_negative,
}

_COMMITTED = {
    vol.Optional("kw"): values.not_negative,
    vol.Required("price"): values.not_negative,
    vol.Required("overage_price"): values.not_negative,
}

_FEE = {
    vol.Required("name"): values.text,
    vol.Required("price"): values.not_negative,
    vol.Optional("per", default="month"): vol.In(
        ["month", "circuit"], msg="expected month or circuit"
    ),
    vol.Optional("prorate", default=True): values.boolean,
    vol.Optional("connections"): _one_or_more(
        vol.In(_CONNECTIONS, msg=f"expected one of {', '.join(_CONNECTIONS)}")
    ),
    vol.Optional("rating_from"): values.whole(1, 10000),
    vol.Optional("rating_to"): values.whole(1, 10000),
}

_MINIMUM = {
    vol.Required("amount"): values.not_negative,
    vol.Optional("prorate", default=True): values.boolean,
}

_TAX = {
    vol.Required("name"): values.text,
    vol.Required("percent"): partial(values.decimal, low=Decimal(0), high=Decimal(100)),
    vol.Optional("on"): _one_or_more(vol.In(_TAXED, msg=f"expected one of {', '.join(_TAXED)}")),
}

_VERSION = {
    vol.Required("valid_from"): values.day,
    vol.Optional("valid_until"): values.day,
    vol.Required("energy"): _ENERGY,
    vol.Optional("schedule"): Each(_RULE),
    vol.Optional("otherwise"): values.text,
    vol.Optional("overhead", default=1): partial(values.decimal, low=Decimal(1)),
    vol.Optional("demand", default=list): Each(_DEMAND),
    vol.Optional("committed"): _COMMITTED,
    vol.Optional("fees", default=list): Each(_FEE),
    vol.Optional("minimum"): Shaped(values.not_negative, mapping=_MINIMUM),
    vol.Optional("taxes", default=list): Each(_TAX),
}

_HOLIDAY = {
    # One day of every year, or the nth of a weekday in a month: see tariff_table.py.
    vol.Optional("day"): tariff_values.month_day,
    vol.Optional("observed"): {
        vol.Optional("sat"): vol.In(["fri", "mon"], msg="expected fri or mon"),
        vol.Optional("sun"): vol.In(["fri", "mon"], msg="expected fri or mon"),
    },
    vol.Optional("month"): values.whole(1, 12),
    vol.Optional("weekday"): tariff_values.weekday,
    vol.Optional("nth"): vol.In([1, 2, 3, 4, "last"], msg="expected 1, 2, 3, 4 or last"),
}

TARIFFS = vol.Schema(
    {
        vol.Required("tariffs"): {
            values.text: {
                vol.Optional("currency"): values.currency,
                vol.Optional("time_zone"): values.zone,
                vol.Optional("holidays", default=list): Each(Shaped(values.day, mapping=_HOLIDAY)),
                vol.Required("versions"): vol.All(
                    Each(_VERSION),
                    vol.Length(min=1, msg="expected at least one version"),
                ),
            }
        }
    }
)
