"""Series of prices in tariffs.yaml: what each is, and the energy prices that name one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.complaints import Complaints
from bcm_mqtt.config.tariffs.price_file import read_prices
from bcm_mqtt.domain.tariff import EnergyUnit, PriceSeries, Tariff
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, Each, KeyPath, Shaped

_RESOLUTIONS: Final = {"15min": 15, "30min": 30, "60min": 60, "1h": 60}


def _resolution(value: object) -> int:
    if isinstance(value, str) and value in _RESOLUTIONS:
        return _RESOLUTIONS[value]
    raise vol.Invalid("expected 15min, 30min or 60min")


SERIES: Final = {
    vol.Required("currency"): values.currency,
    vol.Required("unit"): vol.In([one.value for one in EnergyUnit], msg="expected kWh or MWh"),
    vol.Required("resolution"): _resolution,
    vol.Optional("time_zone"): values.zone,
    vol.Optional("file"): values.text,
}
"""A series, by its id."""


class EnergyShaped(Shaped):
    """An energy price: a mapping with the key `series` is one by a series, any other by periods."""

    def __init__(self, series: dict[Any, Any], of_period: Shaped, listed: Each) -> None:
        """Takes the schemas of a price by a series, of a period's price, and of tiers."""
        super().__init__(values.decimal, listed=listed, mapping={values.text: of_period})
        self.mapping = {**series, values.text: of_period}  # where keys that are wrong are looked up
        self._by_series = Shaped(values.decimal, listed=listed, mapping=series)

    def __call__(self, value: Any) -> Any:
        """The value as the schema of its shape returns it."""
        if isinstance(value, dict) and isinstance(value.get("series"), str):
            return self._by_series(value)
        return super().__call__(value)


def is_by_period(energy: Any) -> bool:
    """Whether an energy price, as the schema took it, is one for each period."""
    return isinstance(energy, dict) and not isinstance(energy.get("series"), str)


def series_of(
    document: Document, table: Mapping[str, Any], site: SiteSettings
) -> tuple[dict[str, PriceSeries], list[Problem]]:
    """The series by id with the prices of their files, and every problem of these.

    Args:
        document: tariffs.yaml.
        table: Below its key `series`, as the schema took it.
        site: Its zone holds for series that state none.
    """
    found, problems = {}, list[Problem]()
    for key, value in table.items():
        named = value.get("file", "")
        file = str(Path(document.source).parent / named) if named else ""
        zone = value.get("time_zone", site.zone)
        of = (key, value["currency"], EnergyUnit(value["unit"]), value["resolution"], zone)
        found[key] = PriceSeries(*of)
        if not file:
            continue
        try:
            found[key] = PriceSeries(*of, file, read_prices(Path(file), found[key]))
        except InputError as error:
            problems += error.problems
    return found, problems


def series_complaints(document: Document, table: Mapping[str, Any], tariff: Tariff) -> Complaints:
    """What is wrong with the series that a tariff's rates name; paths are within the tariff.

    Args:
        document: tariffs.yaml, with the names of series that are wrong, too.
        table: The series that are right, by id.
        tariff: Its rates name them.
    """
    known = document.keys("series")
    for index, rate in enumerate(tariff.versions):
        for period, price in rate.series.items():
            path: KeyPath = ("versions", index, "energy", *([period] if period else []), "series")
            if price.series not in known:
                yield path, values.unknown("series", price.series, known)
            elif price.series in table:
                currency = table[price.series]["currency"]
                if currency != tariff.currency:
                    message = f"has prices in {currency}, the tariff is in {tariff.currency}"
                    yield path, f"series {price.series} {message}: expected the same"
