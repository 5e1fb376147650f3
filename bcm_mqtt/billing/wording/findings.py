"""What validation finds, and why bills are held, in the language that is spoken now."""

from collections.abc import Mapping
from typing import Final

from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.languages import N_, _, translated
from bcm_mqtt.languages.sentences import Sentences

DETAILS: Final = Sentences(
    # Of a pole, or of so many days.
    N_("pole %(pole)s the other way round: %(what)s"),
    N_("pole %(pole)s: %(what)s"),
    N_("voltage_shift %(what_shifts)s: %(what)s"),
    N_("1 day: %(what)s"),
    N_("%(days)s days: %(what)s"),
    N_("%(what)s (and %(count)s more)"),
    # Currents, powers and voltages of legs.
    N_("power factor %(factor)s, %(watts)s on poles %(poles)s"),
    N_("%(volts)s on poles %(poles)s, nominal %(nominal)s"),
    N_("%(degrees)s on pole %(pole)s, %(what)s"),
    N_("%(degrees)s on pole %(pole)s"),
    N_("%(amounts)s on poles %(poles)s"),
    N_("%(energy)s kWh in %(hours)s h, down to %(watts)s W"),
    N_("%(amps)s A on average"),
    # Against the rating.
    N_("1 interval, up to %(most)s kW where the breaker carries %(carried)s kW"),
    N_("%(count)s intervals, up to %(most)s kW where the breaker carries %(carried)s kW"),
    N_("1 pair, such as %(before)s kWh and then %(after)s kWh"),
    N_("%(count)s pairs, such as %(before)s kWh and then %(after)s kWh"),
    N_("1 intervals, up to %(amps)s A"),
    N_("%(count)s intervals, up to %(amps)s A"),
    # Loads over time.
    N_("%(most)s kW, the third highest is %(third)s kW"),
    N_("%(hours)s h of exactly %(power)s kW"),
    N_("%(energy)s kWh on %(day)s, like days before it had %(usual)s kWh"),
    N_(
        "in the quarter hours of an hour, on average: %(first)s kWh from :00, "
        "%(second)s kWh from :15, %(third)s kWh from :30, %(fourth)s kWh from :45"
    ),
    N_(
        "polled every %(seconds)s s, hours differ by %(hours)s and days by %(days)s of what polls "
        "at random would make them differ"
    ),
    # Registers.
    N_("1 days, such as %(register)s kWh where its power comes to %(power)s kWh"),
    N_("%(days)s days, such as %(register)s kWh where its power comes to %(power)s kWh"),
    N_("1 falls or jumps of which the readings are no longer stored"),
    N_("%(count)s falls or jumps of which the readings are no longer stored"),
    N_(
        "from %(before)s to %(after)s kWh in %(hours)s h without a reading, %(expected)s kWh is "
        "expected"
    ),
    N_("from %(before)s to %(after)s kWh, %(counted)s kWh counted"),
    N_("from %(before)s to %(after)s kWh"),
    # Panels.
    N_("%(feeder)s fed %(fed)s kWh, the circuits used %(used)s kWh: %(difference)s kWh, all"),
    N_("%(feeder)s fed %(fed)s kWh, the circuits used %(used)s kWh: %(difference)s kWh, %(share)s"),
    N_("bridge %(bridge)s: set back by %(seconds)s s"),
    N_("bridge %(bridge)s: up to %(seconds)s s ahead of the recorder's"),
    N_("bridge %(bridge)s: up to %(seconds)s s behind the recorder's"),
    N_("bridge %(bridge)s: up to %(seconds)s s ahead of the database's"),
    N_("bridge %(bridge)s: up to %(seconds)s s behind the database's"),
    N_("1 snapshots lie among later ones"),
    N_("%(count)s snapshots lie among later ones"),
    N_("breaker %(breaker)s has two versions valid from %(time)s"),
    N_("pole %(pole)s is on breakers %(one)s and %(other)s at the same time"),
    # Formulas.
    N_(
        "%(formula)s: 1 interval below 0, together %(energy)s kWh, the lowest %(power)s kW at "
        "%(time)s UTC"
    ),
    N_(
        "%(formula)s: %(count)s intervals below 0, together %(energy)s kWh, the lowest "
        "%(power)s kW at %(time)s UTC"
    ),
    N_("the energy of pole %(pole)s is billed %(times)s times: %(circuits)s"),
    # Calibration.
    N_(
        "%(name)s: 1 interval beyond %(share)s, together %(number1)s kWh, the most "
        "%(number2)s kWh of %(number3)s kWh at %(moment)s UTC"
    ),
    N_(
        "%(name)s: %(count)s intervals beyond %(share)s, together %(number1)s kWh, the most "
        "%(number2)s kWh of %(number3)s kWh at %(moment)s UTC"
    ),
    N_("%(name)s: 1 interval without a reading of the meter"),
    N_("%(name)s: %(count)s intervals without a reading of the meter"),
    N_("%(name)s: 1 interval in which something behind the meter is missing"),
    N_("%(name)s: %(count)s intervals in which something behind the meter is missing"),
    # Tariffs.
    N_("reactive power is not measured"),
    N_("reactive power is not known in %(count)s quarter hours"),
    N_(
        "windows of %(number)s minutes on %(day)s: polls of these days are not stored, or are not "
        "five in a step"
    ),
    N_(
        "windows of %(number1)s minutes on %(day)s and on %(number2)s more days: polls of these "
        "days are not stored, or are not five in a step"
    ),
    N_("the peak of the site in %(month)s is not known"),
    N_("no peak time of %(month)s is stated for %(name)s"),
    N_(
        "%(name1)s has no price from %(moment1)s (%(name2)s) to %(moment2)s (%(name3)s): "
        "%(number)s kWh without one"
    ),
    N_("%(number)s kWh by circuits are not what the quarter hours add up to"),
    # Invoices of suppliers.
    N_("no invoice of %(name)s is entered for %(day1)s to %(day2)s"),
    N_(
        "invoice %(name1)s of %(name2)s is for %(day1)s to %(day2)s, the bill for %(day3)s to "
        "%(day4)s"
    ),
    N_("invoice %(name1)s of %(name2)s cannot be divided: %(what)s"),
    N_("invoice %(name1)s of %(name2)s is in %(name3)s, tariff %(name4)s in %(name5)s"),
    N_("tariff %(name1)s charges by %(name2)s for a part of the month only"),
    N_("the cap is not known: tariff %(name1)s has no price for all of %(name2)s in %(month)s"),
    N_("the cap is not known: tariff %(name1)s is in %(name2)s, the invoice in %(name3)s"),
    N_("the cap is not known: tariff %(name)s has no prices of its own"),
    N_("invoices are charged by calendar months, the bill is for %(day1)s to %(day2)s"),
    N_("%(name)s has groups of circuits: expected one tariff for all"),
    N_("component %(name)s: %(what)s"),
    N_("component %(name)s has no rule: name it, or state one for `other`"),
    N_(
        "what no customer has was not measured: expected the quantity on the invoice, or a rule by "
        "which customers share that, too"
    ),
    N_("nothing was measured to divide it by, and the invoice states no quantity"),
    N_("expected the kwh of the invoice, of which the average cost is"),
)
"""Of findings: `Finding.detail`."""
HOLDS: Final = Sentences(
    N_("%(share)s of the energy is estimated, more than %(limit)s"),
    N_(
        "%(share)s of the circuit hours are missing and could not be estimated, more than %(limit)s"
    ),
    N_("%(share)s of the circuit hours are estimated or missing, more than %(limit)s"),
    N_("%(name)s: %(text)s"),
)
"""Why a bill is held, but for its findings: `domain.bill.review.holds`."""


_NAMES: Final[Mapping[Flag, str]] = {
    Flag.ABOVE_RATING: N_("above rating"),
    Flag.ENERGY_ABOVE_RATING: N_("energy above rating"),
    Flag.JUMP: N_("jump"),
    Flag.LEVEL: N_("change of level"),
    Flag.SPIKE: N_("spike"),
    Flag.REGISTER: N_("falling register"),
    Flag.REGISTER_UNEXPLAINED: N_("register unexplained"),
    Flag.REGISTER_DIFFERS: N_("register differs"),
    Flag.EXCHANGE_UNRESOLVED: N_("exchange unresolved"),
    Flag.REGISTER_GLITCH: N_("register glitch"),
    Flag.REGISTER_ROLLOVER: N_("register rollover"),
    Flag.REGISTER_SLIP: N_("register slip"),
    Flag.REGISTER_RESET: N_("register reset"),
    Flag.REGISTER_AGAINST_POWER: N_("register against power"),
    Flag.FLAT: N_("flat"),
    Flag.IN_STEP: N_("in step"),
    Flag.CLOCK_BACK: N_("clock back"),
    Flag.CLOCK_OFF: N_("clock off"),
    Flag.CLOCK_DRIFTS: N_("clock drifts"),
    Flag.POLE_TWICE: N_("pole on two circuits"),
    Flag.REVERSED: N_("reversed"),
    Flag.LEG_REVERSED: N_("leg reversed"),
    Flag.PHASES_SWAPPED: N_("phases swapped"),
    Flag.ENERGY_MISSING: N_("energy missing"),
    Flag.LOW_POWER_FACTOR: N_("low power factor"),
    Flag.LEGS_DIFFER: N_("legs differ"),
    Flag.NO_TRIANGLE: N_("no triangle"),
    Flag.WRONG_VOLTAGE: N_("wrong voltage"),
    Flag.UNASSIGNED_LOAD: N_("unassigned load"),
    Flag.FORMULA_NEGATIVE: N_("formula negative"),
    Flag.FORMULA_NEAR_ZERO: N_("formula near zero"),
    Flag.FORMULA_OVERBILLED: N_("formula overbilled"),
    Flag.CALIBRATION_BEYOND: N_("calibration beyond"),
    Flag.CALIBRATION_UNREAD: N_("calibration unread"),
    Flag.TARIFF_UNKNOWN: N_("tariff unknown"),
    Flag.PRICE_MISSING: N_("price missing"),
    Flag.INVOICE_MISSING: N_("invoice missing"),
    Flag.MAIN_DIFFERS: N_("main differs"),
    Flag.MAIN_AMPS_DIFFER: N_("main amps differ"),
}
"""In a table."""


def name(flag: Flag) -> str:
    """In two or three words."""
    return translated(_NAMES[flag])


def title(flag: Flag) -> str:
    """What was found."""
    return translated(flag.meaning.title)


def advice(flag: Flag) -> str:
    """What to check."""
    return translated(flag.meaning.advice)


def detail(text: str) -> str:
    """The figures of a finding."""
    return DETAILS.said(text)


def hold(text: str) -> str:
    """Why a bill is held: a share that is too great, or a finding with its place and figures."""
    for flag in Flag:
        where, found, figures = text.partition(f": {flag.meaning.title}: ")
        if found:
            return _(
                "%(where)s: %(title)s: %(figures)s",
                where=where,
                title=title(flag),
                figures=detail(figures),
            )
    return HOLDS.said(text)
