"""What a tariff charges, in the language that is spoken now; names that people gave stay."""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import StoredSentences

_NAMES: Final = StoredSentences(
    (
        N_("Energy, %(name)s up to %(number)s kWh"),
        N_("Energy up to %(number)s kWh"),
        N_("Energy, %(name)s"),
        N_("Energy"),
        N_("Overhead factor"),
        N_("Demand, %(name)s"),
        N_("Demand"),
        N_("Own-demand, %(name)s"),
        N_("Own-demand"),
        N_("Committed power"),
        N_("Power above it"),
        N_("Minimum"),
    )
)
_PRICES: Final = StoredSentences(
    (
        N_("%(name)s %(number)s per kWh"),
        N_("%(name)s %(number)s per kW and month"),
        N_("%(name)s %(number)s per kW"),
        N_("%(name)s %(number)s per circuit and month"),
        N_("%(name)s %(number)s per month"),
        N_("%(number)s %%"),
        N_("%(number)s"),
    )
)


def charge(terms: tuple[str, str]) -> tuple[str, str]:
    """Name and price of a component, as `RateVersion.terms` gives them."""
    name, price = terms
    return _NAMES.said(name), _PRICES.said(price)
