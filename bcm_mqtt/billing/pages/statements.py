"""What a report says about its own figures: coverage, method, uncertainty, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bcm_mqtt.billing.pages.uncertainty import uncertainty_text
from bcm_mqtt.billing.pages.words import measured_share, number
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.method import METHOD, method_of
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import NAMES, Quality

_BY_DEVICE = {
    EnergySource.REGISTER: "counted by the energy registers of their meters",
    EnergySource.POWER: "the power that their meters measure, summed in 15-minute intervals",
}
_NOMINAL = "the amps of each circuit times its nominal volts times its power factor"
_MEASURED = "the amps of each circuit times the volts of its phases times its power factor"
_ESTIMATES = (Quality.INTERPOLATED, Quality.LIKE_DAY)


@dataclass(frozen=True, slots=True)
class Statement:
    """A paragraph with its first words."""

    title: str
    text: str


def coverage_statement(coverage: Coverage, usage: Iterable[Usage]) -> Statement:
    """How much of the time was measured, and what became of the rest."""
    if not coverage.hours:
        return Statement("Coverage", "There was no circuit to measure.")
    unit = "a circuit-hour is one circuit for one hour"
    hours, measured = number(coverage.hours), number(coverage.measured_hours)
    if coverage.measured_hours == coverage.hours:
        return Statement(
            "Coverage",
            f"All {hours} circuit-hours were measured, {measured_share(coverage)}; {unit}. "
            "Nothing is missing, and nothing is estimated.",
        )
    text = f"{measured} of {hours} circuit-hours were measured, {measured_share(coverage)}; {unit}."
    if coverage.estimated_hours:
        text += f" {number(coverage.estimated_hours)} were estimated{_methods(usage)}."
    if coverage.edited_hours:
        text += f" {number(coverage.edited_hours)} were entered by hand; the originals stay stored."
    if coverage.missing_hours:
        text += f" The missing {number(coverage.missing_hours)} circuit-hours are not billed"
        text += "." if coverage.estimated_hours else ": nothing is estimated."
    return Statement("Coverage", text)


def method_statement(usage: Iterable[Usage]) -> Statement:
    """How the energy was determined, of each source with its circuits."""
    usage = list(usage)
    circuits = {source: set[tuple[str, int]]() for source in EnergySource}
    for row in usage:
        for source in row.sources:
            circuits[source].add((row.panel, row.circuit.first_pole))
    used = [source for source, of_it in circuits.items() if of_it]
    of_devices = [source for source in used if source is not EnergySource.CURRENT]
    if not of_devices:
        text = f"Energy is {_by_current(usage)}."
    else:
        parts = [f"of {_count(len(circuits[item]))}, {_BY_DEVICE[item]}" for item in of_devices]
        if EnergySource.CURRENT in used:
            count = _count(len(circuits[EnergySource.CURRENT]))
            parts.append(f"of {count}, {_by_current(usage)}")
        text = f"Energy is, {'; '.join(parts)}."
    return Statement("Method", f"{text} It is not the reading of a revenue meter.")


def _by_current(usage: Iterable[Usage]) -> str:
    method = method_of(usage)
    formula = _NOMINAL if method == METHOD else _MEASURED
    return f"{method}: {formula}, summed in 15-minute intervals"


def bill_statements(bill: Bill) -> tuple[Statement, ...]:
    """What a bill says about its own figures."""
    coverage = coverage_statement(bill.coverage, bill.usage)
    signature = _signature_statement(bill)
    return (coverage, method_statement(bill.usage), *_uncertainty_statement(bill), *signature)


def _uncertainty_statement(bill: Bill) -> Iterator[Statement]:
    """How far the energy may be off; as it was printed on bills without a budget."""
    if text := uncertainty_text(bill):
        yield Statement("Uncertainty" if bill.budget else "Sampling", text)


def _signature_statement(bill: Bill) -> Iterator[Statement]:
    """By which key a bill is signed, and its hash, by which it and all before it are known."""
    if bill.issue and bill.issue.public_key:
        text = (
            f"This bill is signed (Ed25519) with the key {bill.issue.public_key}. It is chained to "
            f"all bills before it: bill {bill.issue.number}, SHA-256 {bill.issue.sha256}."
        )
        yield Statement("Signature", text)


def _methods(usage: Iterable[Usage]) -> str:
    used = {quality for row in usage for quality in row.qualities}
    ways = [NAMES[way].removeprefix("estimated ") for way in _ESTIMATES if way in used]
    return f" ({' and '.join(ways)})" if ways else ""


def _count(circuits: int) -> str:
    return "one circuit" if circuits == 1 else f"{circuits} circuits"
