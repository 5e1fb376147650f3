"""Demand and committed power: prices of kW."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from bcm_mqtt.domain.tariff.demand.ratchet import Ratchet
from bcm_mqtt.domain.tariff.demand.window import QUARTER_MINUTES, PeakTime
from bcm_mqtt.domain.tariff.energy import Price, tiers_of
from bcm_mqtt.domain.tariff.terms import Terms, exact, price_of

HALF_UP, UP, DOWN = "half-up", "up", "down"


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A price for the greatest mean power over a window of quarter hours.

    Attributes:
        price: Of a kW in a month, or by tiers of kW.
        coincident: Whether of all circuits at once; else of each on its own, added up.
        period: To which it is limited, or "" for all hours.
        ratchet: Or None.
        minimum_kw: At least this much is billed.
        name: As on the bill, of a second charge for the same measure; "" for "Demand".
        window: Length in minutes: 5, 10, 15, 30 or 60.
        sliding: Whether a window begins at every step; else where the last one ended.
        peak_times: Beginnings of the windows that alone count; empty for all.
        round_to: Step in kW of what is billed, or None for 0.001.
        rounding: To it: half-up, up or down.
        kva: Whether apparent power is measured: all kW and kW of demand are then kVA.
        power_factor: Below that of the month, measured kW count that much more; or None.
        by_difference: Whether by 1 + the difference of both; else by their quotient.
        minimum: The least that its lines come to in a month, or None.
        step: In minutes, of windows that slide: 1, 5 or 15; None for 15.
        site_peak: Whether the window of the site's own greatest demand alone counts.
    """

    price: Price
    coincident: bool = True
    period: str = ""
    ratchet: Ratchet | None = None
    minimum_kw: Decimal = Decimal(0)
    name: str = ""
    window: int = QUARTER_MINUTES
    sliding: bool = False
    peak_times: tuple[PeakTime, ...] = ()
    round_to: Decimal | None = None
    rounding: str = HALF_UP
    kva: bool = False
    power_factor: Decimal | None = None
    by_difference: bool = False
    minimum: Decimal | None = None
    step: int | None = None
    site_peak: bool = False

    @property
    def unit(self) -> str:
        """Of what it prices."""
        return "kVA" if self.kva else "kW"

    @property
    def step_minutes(self) -> int:
        """From the beginning of a window to that of the next one."""
        return (self.step or QUARTER_MINUTES) if self.sliding else self.window

    @property
    def is_fine(self) -> bool:
        """Whether its windows are measured by polls: quarter hours do not add up to them."""
        return self.step_minutes % QUARTER_MINUTES != 0

    @property
    def parts_of_quarter(self) -> int:
        """Into how many parts a quarter hour falls, of which its windows consist."""
        return QUARTER_MINUTES // gcd(QUARTER_MINUTES, self.window, self.step_minutes)

    @property
    def needs_reactive(self) -> bool:
        """Whether reactive power must be known."""
        return self.kva or self.power_factor is not None

    @property
    def measure(self) -> str:
        """Name of the determinant that it prices: `demand`, `demand/on-peak` and such.

        Of peak times it is the charge's own, as two charges may have other times.
        """
        measured = "demand" if self.coincident else "own-demand"
        if self.kva:
            measured = f"kva-{measured}"
        if self.window != QUARTER_MINUTES or self.is_fine:
            measured += f"-{self.window}min" + ("-sliding" if self.sliding else "")
            measured += f"-{self.step}min" if self.is_fine and self.sliding else ""
        if self.site_peak:
            measured = f"site-peak-{measured}"
        if self.peak_times:
            measured = f"peak-time-{measured}"
            measured += f"/{self.name}" if self.name else ""
        return f"{measured}/{self.period}" if self.period else measured

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others of a rate: its measure and name."""
        return self.measure, self.name

    def terms(self, currency: str) -> Terms:
        """Prices and units, and how it is measured and rounded."""
        plain = "Demand" if self.coincident else "Own-demand"
        plain = "Apparent demand" if self.kva else plain
        label = self.name or ", ".join(filter(None, (plain, self.period)))
        for tier in tiers_of(self.price):
            yield (
                label + tier.limit(self.unit),
                f"{currency} {price_of(tier.price, currency)} per {self.unit} and month",
            )
        for what, words in self._how():
            yield f"{label}: {what}", words
        if self.minimum is not None:
            yield f"{label}: minimum", f"{currency} {price_of(self.minimum, currency)} per month"

    def _how(self) -> Iterator[tuple[str, str]]:
        if self.name and self.period:
            yield "period", self.period
        if self.window != QUARTER_MINUTES or self.is_fine:
            step = f" in steps of {self.step}" if self.is_fine and self.sliding else ""
            sliding = f", sliding{step}" if self.sliding else ""
            yield "window", f"{self.window} minutes{sliding}"
        if self.peak_times:
            yield "peak times", ", ".join(map(str, self.peak_times))
        if self.site_peak:
            yield "peak times", "the site's own peak"
        if self.ratchet:
            yield "ratchet", self.ratchet.term
        if self.minimum_kw:
            yield "at least", f"{exact(self.minimum_kw)} {self.unit}"
        if self.power_factor is not None:
            how = ", by the difference" if self.by_difference else ""
            yield "below power factor", exact(self.power_factor) + how
        if self.round_to is not None:
            yield "rounded", f"{self.rounding} to {exact(self.round_to)} {self.unit}"


@dataclass(frozen=True, slots=True)
class CommittedPower:
    """Power that is paid for whether used or not.

    Attributes:
        price: Of a committed kW in a month.
        overage_price: Of a kW of coincident demand above it.
        kw: Of customers that state none.
    """

    price: Decimal
    overage_price: Decimal
    kw: Decimal | None = None

    def terms(self, currency: str) -> Terms:
        """Price and unit."""
        yield "Committed power", f"{currency} {price_of(self.price, currency)} per kW and month"
        yield "Power above it", f"{currency} {price_of(self.overage_price, currency)} per kW"
