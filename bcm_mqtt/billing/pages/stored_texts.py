"""What stored bills say in English: lines, how determinants came about, findings, uncertainty.

Each is made by the domain and kept with the bill; here is how each is made, so that it can be
said in the language of whoever reads. A text that none fits stays as it is stored.
"""

from typing import Final

from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import StoredSentences

_LINES: Final = (
    N_("%(text)s, %(day1)s to %(day2)s"),
    N_("Energy"),
    N_("Energy, up to %(number)s kWh"),
    N_("Energy, %(number1)s to %(number2)s kWh"),
    N_("Energy, above %(number)s kWh"),
    N_("Energy, %(name)s, up to %(number)s kWh"),
    N_("Energy, %(name)s, %(number1)s to %(number2)s kWh"),
    N_("Energy, %(name)s, above %(number)s kWh"),
    N_("Energy, %(name)s"),
    N_("Demand"),
    N_("Demand, each circuit's own"),
    N_("Demand, each circuit's own, %(name)s"),
    N_("Demand, %(name)s"),
    N_("Committed power"),
    N_("Power above the committed"),
    N_("Minimum charge of %(number)s"),
)
_DETERMINANTS: Final = (
    N_("(%(text)s) x %(number1)s h of %(number2)s h"),
    N_("tiers of %(number1)s h of %(number2)s h"),
    N_("%(number1)s kWh x %(number2)s; tiers of %(number3)s h of %(number4)s h"),
    N_("%(number1)s kWh x %(number2)s"),
    N_("%(text)s x %(number1)s h of %(number2)s h"),
    N_("%(number1)s h of %(number2)s h"),
    N_("no load"),
    N_("mean of the 15 minutes from %(moment)s"),
    N_("mean of the 15 minutes from %(moment)s, not all of it measured"),
    N_("greatest 15 minutes of each circuit: none"),
    N_("greatest 15 minutes of each circuit: %(number)s in all"),
    N_("greatest 15 minutes of each circuit: %(amounts)s"),
    N_("max(%(text1)s, %(text2)s, %(text3)s)"),
    N_("max(%(text1)s, %(text2)s)"),
    N_("%(number1)s x %(number2)s of %(month)s"),
    N_("%(number)s minimum"),
    N_("%(number1)s measured - %(number2)s committed"),
    N_("%(number)s measured"),
    N_("%(number)s committed"),
    N_("%(number1)s circuit hours / %(number2)s h"),
    N_("%(amounts)s, less %(number)s of the lines above"),
)
POWER_FINDINGS: Final = (
    N_("pole %(number)s the other way round: %(text)s"),
    N_("power factor %(number)s, %(amounts1)s on poles %(amounts2)s"),
    N_("voltage_shift %(name)s: %(text)s"),
    N_("%(amounts1)s on poles %(amounts2)s, nominal %(number)s V"),
    N_("%(amounts1)s on poles %(amounts2)s"),
    N_("%(number1)s kWh in %(number2)s h, down to %(number3)s W"),
    N_("%(number)s A on average"),
)
"""Also on certificates of commissioning, after the title of a flag."""
_FINDINGS: Final = (
    N_("%(text)s (and %(number)s more)"),
    POWER_FINDINGS[0],
    N_("pole %(number)s: %(text)s"),
    N_("1 day: %(text)s"),
    N_("%(number)s days: %(text)s"),
    N_("bridge %(name)s: set back by %(number)s s"),
    N_("bridge %(name1)s: up to %(number)s s ahead of the %(name2)s's"),
    N_("bridge %(name1)s: up to %(number)s s behind the %(name2)s's"),
    N_(
        "in the quarter hours of an hour, on average: %(number1)s kWh from :00, %(number2)s kWh "
        "from :15, %(number3)s kWh from :30, %(number4)s kWh from :45"
    ),
    N_(
        "polled every %(number1)s s, hours differ by %(number2)s%% and days by %(number3)s%% of "
        "what polls at random would make them differ"
    ),
    N_("%(number1)s kWh on %(day)s, like days before it had %(number2)s kWh"),
    N_(
        "%(name)s fed %(number1)s kWh, the circuits used %(number2)s kWh: %(number3)s kWh, "
        "%(number4)s %%"
    ),
    N_("%(name)s fed %(number1)s kWh, the circuits used %(number2)s kWh: %(number3)s kWh, all"),
    N_("1 interval, up to %(number1)s kW where the breaker carries %(number2)s kW"),
    N_("%(number1)s intervals, up to %(number2)s kW where the breaker carries %(number3)s kW"),
    N_("1 pair, such as %(number1)s kWh and then %(number2)s kWh"),
    N_("%(number1)s pairs, such as %(number2)s kWh and then %(number3)s kWh"),
    N_("%(number1)s days, such as %(number2)s kWh where its power comes to %(number3)s kWh"),
    N_("%(number)s falls or jumps of which the readings are no longer stored"),
    N_(
        "from %(number1)s to %(number2)s kWh in %(number3)s h without a reading, %(number4)s kWh "
        "is expected"
    ),
    N_("from %(number1)s to %(number2)s kWh, %(number3)s kWh counted"),
    N_("from %(number1)s to %(number2)s kWh"),
    N_("%(number1)s intervals, up to %(number2)s A"),
    N_("%(number1)s kW, the third highest is %(number2)s kW"),
    N_("%(number1)s h of exactly %(number2)s kW"),
    *POWER_FINDINGS,
    N_("%(number)s snapshots lie among later ones"),
)
_UNCERTAINTY: Final = (
    N_("sampling"),
    N_("estimated energy"),
    N_("resolution"),
    N_("meter and CT class"),
    N_("voltage"),
    N_("power factor"),
    N_("all of what fewer than 8 measured days could be compared with"),
    N_("of currents whose step is not known"),
    N_("of energy registers whose step is not known"),
    N_("of power that no current was read with"),
    N_("classes of meter and CT not stated: %(number)s %% each"),
    N_("measured voltage: %(text)s"),
    N_("nominal voltage: %(number)s %% (%(name)s)"),
    N_("power factor not stated: %(number)s to 1 for the billed 1"),
    N_("power factor measured on the circuit: %(text)s"),
    N_("stated power factor: %(number)s %%"),
    N_("measured power factor: %(number)s %%"),
    N_("power factor of a companion that sees other loads as well: %(number)s %%"),
    N_("%(text)s, class of CT not stated: %(number)s %%"),
    N_("%(text)s, CT of class %(number)s, its rating not stated"),
    N_("%(text)s, CT of class %(number1)s of %(number2)s A"),
    N_("class of meter not stated: %(number)s %%"),
    N_("meter of class %(number)s"),
)
_METHOD: Final = (
    N_("calculated from current at nominal voltage and a stated power factor"),
    N_("calculated from current at %(text1)s and %(text2)s"),
    N_("measured voltage (%(number)s h)"),
    N_("measured voltage (%(number1)s h) or nominal voltage (%(number2)s h)"),
    N_("nominal voltage"),
    N_("a measured power factor (%(number)s h)"),
    N_("a measured power factor (%(number1)s h) or a stated power factor (%(number2)s h)"),
    N_("a stated power factor"),
)
_HOLDS: Final = (
    N_("%(number1)s %% of the energy is estimated, more than %(number2)s %%"),
    N_(
        "%(number1)s %% of the circuit hours are missing and could not be estimated, more than "
        "%(number2)s %%"
    ),
    N_("%(number1)s %% of the circuit hours are estimated or missing, more than %(number2)s %%"),
    N_("%(name)s: %(text1)s: %(text2)s"),
)
said: Final = StoredSentences(
    (*_UNCERTAINTY, *_METHOD, *_LINES, *_DETERMINANTS, *_FINDINGS, *_HOLDS)
).said
"""A stored text in the language that is spoken."""
