"""What a tariff charges, in the language that is spoken now; names that people gave stay."""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences, figures

NAMES: Final = Sentences(
    N_("Energy, %(period)s up to %(energy)s kWh per kW"),
    N_("Energy up to %(energy)s kWh per kW"),
    N_("Energy, %(period)s up to %(energy)s kWh a day"),
    N_("Energy up to %(energy)s kWh a day"),
    N_("Energy, %(period)s up to %(energy)s kWh"),
    N_("Energy up to %(energy)s kWh"),
    N_("Energy, %(period)s"),
    N_("Energy"),
    N_("Overhead factor"),
    N_("Invoices of %(name)s: at most"),
    N_("Invoices of %(name)s"),
    N_("%(what)s: block of %(number)s kW"),
    N_("%(what)s: window"),
    N_("%(what)s: peak times"),
    N_("%(what)s: ratchet"),
    N_("%(what)s: at least"),
    N_("%(what)s: rounded"),
    N_("%(what)s: period"),
    N_("%(what)s: below power factor"),
    N_("%(what)s: minimum"),
    N_("%(what)s: on"),
    N_("%(what)s up to %(power)s kW"),
    N_("%(what)s up to %(power)s kVA"),
    N_("Apparent demand, %(period)s"),
    N_("Apparent demand"),
    N_("Reactive energy"),
    N_("Demand, %(period)s"),
    N_("Demand"),
    N_("Own-demand, %(period)s"),
    N_("Own-demand"),
    N_("Committed power"),
    N_("Power above it"),
    N_("Minimum"),
    N_("Maximum"),
    N_("Total"),
)
"""Of components."""
PRICES: Final = Sentences(
    N_("its average cost per kWh"),
    N_("a part of each component"),
    N_("as by tariff %(name)s"),
    N_("%(currency)s %(price)s per kWh above %(number)s hours of use"),
    N_("%(currency)s %(price)s per kWh above %(number)s whole hours of use"),
    N_("%(currency)s %(price)s per kWh above a load factor of %(share)s %%, by whole hours of use"),
    N_("%(currency)s %(price)s per kWh above a load factor of %(share)s %%"),
    N_("%(currency)s %(price)s per kWh"),
    N_("%(currency)s %(price)s per kW and month"),
    N_("%(currency)s %(price)s per kW"),
    N_("%(currency)s %(price)s per circuit and month"),
    N_("%(currency)s %(price)s per ampere and month"),
    N_("%(currency)s %(price)s per day"),
    N_("%(share)s, at most %(currency)s %(price)s"),
    N_("%(currency)s %(price)s per month"),
    N_("%(currency)s %(price)s per kVA and month"),
    N_("%(currency)s %(price)s per kvarh above %(share)s %% of the kWh"),
    N_("%(currency)s %(price)s per kvarh"),
    N_("%(number1)s minutes, sliding in steps of %(number2)s"),
    N_("%(number)s minutes, sliding"),
    N_("%(number)s minutes"),
    N_("%(what)s, of amounts before they are rounded"),
    N_("the site's own peak"),
    N_("rounded half-up to %(currency)s %(price)s"),
    N_("rounded up to %(currency)s %(price)s"),
    N_("rounded down to %(currency)s %(price)s"),
    N_("%(number)s, by the difference"),
    N_("half-up to %(number)s kW"),
    N_("up to %(number)s kW"),
    N_("down to %(number)s kW"),
    N_("%(what)s, of months %(months)s, in months %(others)s"),
    N_("%(what)s, of months %(months)s"),
    N_("%(what)s, in months %(months)s"),
    N_("%(number1)s %% of the greatest measured in %(number2)s months"),
    N_("%(number1)s %% of the greatest billed in %(number2)s months"),
)
"""With their units; shares and factors are figures alone."""


def charge(terms: tuple[str, str]) -> tuple[str, str]:
    """Name and price of a component, as `Rate.terms` gives them."""
    name, price = terms
    return NAMES.said(name), (PRICES.said(price) if PRICES.pattern_of(price) else figures(price))
