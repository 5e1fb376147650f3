"""What a report says about its own figures: coverage, method, uncertainty, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bcm_mqtt.billing.pages.uncertainty import uncertainty_text
from bcm_mqtt.billing.pages.words import measured_share, number
from bcm_mqtt.billing.wording.methods import method as in_words
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.method import METHOD, method_of
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Quality
from bcm_mqtt.languages import _, ngettext

_ESTIMATES = (Quality.INTERPOLATED, Quality.LIKE_DAY)


@dataclass(frozen=True, slots=True)
class Statement:
    """A paragraph with its first words."""

    title: str
    text: str


def coverage_statement(coverage: Coverage, usage: Iterable[Usage]) -> Statement:
    """How much of the time was measured, and what became of the rest."""
    if not coverage.hours:
        return Statement(_("Coverage"), _("There was no circuit to measure."))
    values = {
        "hours": number(coverage.hours),
        "measured": number(coverage.measured_hours),
        "share": measured_share(coverage),
    }
    if coverage.measured_hours == coverage.hours:
        text = _(
            "All %(hours)s circuit-hours were measured, %(share)s; a circuit-hour is one circuit "
            "for one hour. Nothing is missing, and nothing is estimated.",
            **values,
        )
        return Statement(_("Coverage"), text)
    parts = [
        _(
            "%(measured)s of %(hours)s circuit-hours were measured, %(share)s; a circuit-hour is "
            "one circuit for one hour.",
            **values,
        ),
        *_not_measured(coverage, usage),
    ]
    return Statement(_("Coverage"), " ".join(parts))


def _not_measured(coverage: Coverage, usage: Iterable[Usage]) -> Iterator[str]:
    """What became of the rest of the time, a sentence for each way."""
    if coverage.estimated_hours:
        hours, ways = number(coverage.estimated_hours), _methods(usage)
        if ways:
            yield _("%(hours)s were estimated (%(ways)s).", hours=hours, ways=ways)
        else:
            yield _("%(hours)s were estimated.", hours=hours)
    if coverage.edited_hours:
        hours = number(coverage.edited_hours)
        yield _("%(hours)s were entered by hand; the originals stay stored.", hours=hours)
    if coverage.missing_hours:
        hours = number(coverage.missing_hours)
        if coverage.estimated_hours:
            yield _("The missing %(hours)s circuit-hours are not billed.", hours=hours)
        else:
            yield _(
                "The missing %(hours)s circuit-hours are not billed: nothing is estimated.",
                hours=hours,
            )


def method_statement(usage: Iterable[Usage]) -> Statement:
    """How the energy was determined, of each source with its circuits."""
    usage = list(usage)
    circuits = {source: set[tuple[str, CircuitId]]() for source in EnergySource}
    for row in usage:
        for source in row.sources:
            circuits[source].add((row.panel, row.circuit.id))
    used = [source for source, of_it in circuits.items() if of_it]
    of_devices = [source for source in used if source is not EnergySource.CURRENT]
    if not of_devices:
        text = _("Energy is %(method)s.", method=_by_current(usage))
    else:
        parts = [_by_device(source, len(circuits[source])) for source in of_devices]
        if EnergySource.CURRENT in used:
            parts.append(_of_current(len(circuits[EnergySource.CURRENT]), _by_current(usage)))
        text = _("Energy is, %(methods)s.", methods="; ".join(parts))
    revenue = _("It is not the reading of a revenue meter.")
    return Statement(_("Method"), f"{text} {revenue}")


def _by_device(source: EnergySource, count: int) -> str:
    if source is EnergySource.REGISTER:
        return ngettext(
            "of one circuit, counted by the energy registers of their meters",
            "of %(num)s circuits, counted by the energy registers of their meters",
            count,
        )
    return ngettext(
        "of one circuit, the power that their meters measure, summed in 15-minute intervals",
        "of %(num)s circuits, the power that their meters measure, summed in 15-minute intervals",
        count,
    )


def _of_current(count: int, method: str) -> str:
    return ngettext(
        "of one circuit, %(method)s", "of %(num)s circuits, %(method)s", count, method=method
    )


def _by_current(usage: Iterable[Usage]) -> str:
    method = method_of(usage)
    if method == METHOD:
        return _(
            "%(method)s: the amps of each circuit times its nominal volts times its power factor, "
            "summed in 15-minute intervals",
            method=in_words(method),
        )
    return _(
        "%(method)s: the amps of each circuit times the volts of its phases times its power "
        "factor, summed in 15-minute intervals",
        method=in_words(method),
    )


def bill_statements(bill: Bill) -> tuple[Statement, ...]:
    """What a bill says about its own figures."""
    coverage = coverage_statement(bill.coverage, bill.usage)
    signature = _signature_statement(bill)
    return (coverage, method_statement(bill.usage), *_uncertainty_statement(bill), *signature)


def _uncertainty_statement(bill: Bill) -> Iterator[Statement]:
    """How far the energy may be off; as it was printed on bills without a budget."""
    if text := uncertainty_text(bill):
        yield Statement(_("Uncertainty") if bill.budget else _("Sampling"), text)


def _signature_statement(bill: Bill) -> Iterator[Statement]:
    """By which key a bill is signed, and its hash, by which it and all before it are known."""
    if bill.issue and bill.issue.public_key:
        text = _(
            "This bill is signed (Ed25519) with the key %(key)s. It is chained to all bills before "
            "it: bill %(number)s, SHA-256 %(sha256)s.",
            key=bill.issue.public_key,
            number=bill.issue.number,
            sha256=bill.issue.sha256,
        )
        yield Statement(_("Signature"), text)


def _methods(usage: Iterable[Usage]) -> str:
    used = {quality for row in usage for quality in row.qualities}
    by_line, by_days = (way in used for way in _ESTIMATES)
    if by_line and by_days:
        return _("by interpolation and by like days")
    if by_line:
        return _("by interpolation")
    return _("by like days") if by_days else ""
