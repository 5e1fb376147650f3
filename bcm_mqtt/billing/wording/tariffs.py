"""What a tariff charges, in the language that is spoken now; names that people gave stay."""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences, figures

NAMES: Final = Sentences(
    N_("Energy, %(period)s up to %(energy)s kWh"),
    N_("Energy up to %(energy)s kWh"),
    N_("Energy, %(period)s"),
    N_("Energy"),
    N_("Overhead factor"),
    N_("Demand, %(period)s"),
    N_("Demand"),
    N_("Own-demand, %(period)s"),
    N_("Own-demand"),
    N_("Committed power"),
    N_("Power above it"),
    N_("Minimum"),
    N_("Maximum"),
)
"""Of components."""
PRICES: Final = Sentences(
    N_("%(currency)s %(price)s per kWh"),
    N_("%(currency)s %(price)s per kW and month"),
    N_("%(currency)s %(price)s per kW"),
    N_("%(currency)s %(price)s per circuit and month"),
    N_("%(currency)s %(price)s per ampere and month"),
    N_("%(currency)s %(price)s per day"),
    N_("%(share)s, at most %(currency)s %(price)s"),
    N_("%(currency)s %(price)s per month"),
)
"""With their units; shares and factors are figures alone."""


def charge(terms: tuple[str, str]) -> tuple[str, str]:
    """Name and price of a component, as `Rate.terms` gives them."""
    name, price = terms
    return NAMES.said(name), (PRICES.said(price) if PRICES.pattern_of(price) else figures(price))
