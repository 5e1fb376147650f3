"""What lines of a bill are called and how determinants came about, in the language spoken now.

Both are stored with the bill in English; names of periods, fees and taxes stay as people gave them.
"""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences

LABELS: Final = Sentences(
    N_("%(text)s, %(day1)s to %(day2)s"),
    N_("Energy"),
    N_("Energy, up to %(number)s kWh"),
    N_("Energy, %(number1)s to %(number2)s kWh"),
    N_("Energy, above %(number)s kWh"),
    N_("Energy, %(name)s, up to %(number)s kWh"),
    N_("Energy, %(name)s, %(number1)s to %(number2)s kWh"),
    N_("Energy, %(name)s, above %(number)s kWh"),
    N_("Energy, fed in"),
    N_("Energy, %(name)s, fed in"),
    N_("Energy, %(name)s"),
    N_("Energy at the average cost, invoice %(name)s"),
    N_("No more than %(number)s, invoice %(name)s"),
    N_("input tax, invoice %(name)s"),
    N_("Invoice, %(name1)s, %(name2)s, %(name3)s"),
    N_("%(name1)s, invoice %(name2)s"),
    N_("%(text)s, up to %(number)s kW"),
    N_("%(text)s, %(number1)s to %(number2)s kW"),
    N_("%(text)s, above %(number)s kW"),
    N_("Block of %(number)s kW"),
    N_("Demand"),
    N_("Apparent demand"),
    N_("Apparent demand, %(number)s minutes"),
    N_("Apparent demand, %(name)s"),
    N_("Reactive energy"),
    N_("Demand, at peak times"),
    N_("Demand, at the site's peak"),
    N_("Demand, %(number)s minutes, at the site's peak"),
    N_("Demand, %(number)s minutes"),
    N_("Demand, %(number)s minutes, at peak times"),
    N_("Demand, %(number)s minutes, %(name)s"),
    N_("Demand, each circuit's own"),
    N_("Demand, each circuit's own, %(name)s"),
    N_("Demand, %(name)s"),
    N_("Committed power"),
    N_("Power above the committed"),
    N_("Minimum charge of %(number)s"),
    N_("Maximum of %(number)s"),
    N_("%(name)s, at most %(number)s"),
    N_("Deposit, not taxed: %(name)s"),
    N_("Deposit returned, not taxed: %(name)s"),
    N_("Less advance payment: %(name)s"),
    N_("%(text)s, minimum of %(number)s"),
    N_("Rounding to %(number)s"),
    N_("%(name)s: %(text)s"),
    others_are_names=True,
)
"""Of `BillLine.label`."""
BASES: Final = Sentences(
    N_("invoice %(name1)s of %(name2)s: %(number1)s %% of %(number2)s"),
    N_("invoice %(name1)s of %(name2)s: %(number1)s / %(number2)s kWh"),
    N_("invoice %(name1)s of %(name2)s: at most %(number)s"),
    N_("(%(text)s) x %(number1)s h of %(number2)s h"),
    N_("tiers of %(number1)s h of %(number2)s h"),
    N_("%(number1)s kWh x %(number2)s; tiers of %(number3)s days"),
    N_("tiers of %(number)s days"),
    N_("%(count)s prices of %(name)s"),
    N_("%(number1)s kW x %(number2)s h at %(number3)s less %(name)s"),
    N_("%(number1)s kWh x %(number2)s; tiers of %(number3)s h of %(number4)s h"),
    N_("%(text1)s; %(text2)s"),
    N_("hours of use of %(number)s kW (%(text)s)"),
    N_("%(number1)s kWh x %(number2)s"),
    N_("%(text)s x %(number1)s h of %(number2)s h"),
    N_("%(number1)s h of %(number2)s h"),
    N_("no load"),
    N_("reference %(name)s"),
    N_("%(text)s, rounded half up to %(number)s kW"),
    N_("%(text)s, rounded up to %(number)s kW"),
    N_("%(text)s, rounded down to %(number)s kW"),
    N_("%(text)s, rounded half up to %(number)s kVA"),
    N_("%(text)s, rounded up to %(number)s kVA"),
    N_("%(text)s, rounded down to %(number)s kVA"),
    N_("mean of the 15 minutes from %(moment)s"),
    N_("mean of the 15 minutes from %(moment)s, not all of it measured"),
    N_("mean of the %(number)s minutes from %(moment)s"),
    N_("mean of the %(number)s minutes from %(moment)s, not all of it measured"),
    N_("greatest 15 minutes of each circuit: none"),
    N_("greatest 15 minutes of each circuit: %(number)s in all"),
    N_("greatest 15 minutes of each circuit: %(amounts)s"),
    N_("max(%(text1)s, %(text2)s, %(text3)s)"),
    N_("max(%(text1)s, %(text2)s)"),
    N_("%(number1)s x %(number2)s of %(month)s"),
    N_("%(number1)s x %(number2)s stated for %(month)s"),
    N_("%(number)s minimum"),
    N_("%(number1)s measured - %(number2)s committed"),
    N_("%(number1)s measured x %(number2)s / %(number3)s"),
    N_("%(number1)s measured x (1 + %(number2)s - %(number3)s)"),
    N_("%(number1)s kWh / %(number2)s kW, above %(number3)s hours of use"),
    N_("%(number1)s rounded half up to %(number2)s, less %(number3)s"),
    N_("%(number1)s rounded up to %(number2)s, less %(number3)s"),
    N_("%(number1)s rounded down to %(number2)s, less %(number3)s"),
    N_("%(number1)s kvarh - %(number2)s x %(number3)s kWh"),
    N_("%(number)s measured"),
    N_("%(number)s committed"),
    N_("%(number1)s circuit hours / %(number2)s h"),
    N_("(%(text)s) x %(number1)s days of %(number2)s days"),
    N_("tiers of %(number1)s days of %(number2)s days"),
    N_("%(number1)s kWh x %(number2)s; tiers of %(number3)s days of %(number4)s days"),
    N_("%(text)s x %(number1)s days of %(number2)s days"),
    N_("%(number1)s days of %(number2)s days"),
    N_("%(number1)s circuit days / %(number2)s days"),
    N_("ratings by the time that they held"),
    N_("%(sums)s, less %(number)s of the lines above"),
)
"""Of `Determinant.basis`."""


def label(text: str) -> str:
    """What a line is."""
    return LABELS.said(text)


def basis(text: str) -> str:
    """How a determinant came about."""
    return BASES.said(text)
