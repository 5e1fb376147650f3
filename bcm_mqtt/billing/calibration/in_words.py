"""Calibration to revenue meters in words: on a bill, and in the summary of a site."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bcm_mqtt.billing.pages.statements import Statement
from bcm_mqtt.billing.pages.words import number, signed, spaced_percent
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.usage.calibration.summary import BilledCalibration
from bcm_mqtt.languages import _, ngettext

CALIBRATION_COLUMNS: Final = (
    *("Calibrated to", "Measured as", "Meter kWh", "Not monitored kWh", "Measured kWh"),
    *("Billed kWh", "Unallocated kWh", "Least factor", "Greatest factor"),
)


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """What is behind a revenue meter, in kWh; the factors are "" where nothing was scaled."""

    name: str
    meter: str
    fed: str
    parts: str
    measured: str
    billed: str
    unallocated: str
    factors: str
    scaled: str
    not_scaled: str


def calibration_rows(site: SiteMonth) -> tuple[CalibrationRow, ...]:
    """Of each meter."""
    return tuple(
        CalibrationRow(
            name=one.billed.name,
            meter=f"{one.billed.panel}:{one.billed.pole}",
            fed=number(one.fed_kwh),
            parts=number(one.parts_kwh),
            measured=number(one.measured_kwh),
            billed=number(one.circuits_kwh),
            unallocated=number(one.unallocated_kwh),
            factors=_factors(one.billed),
            scaled=number(one.billed.scaled),
            not_scaled=number(one.billed.beyond + one.billed.unread + one.billed.missing),
        )
        for one in site.calibrations
    )


def calibration_cells(site: SiteMonth) -> Iterator[tuple[str | Decimal | None, ...]]:
    """The same for a workbook, in the order of its columns."""
    for one in site.calibrations:
        of = one.billed
        energies = one.fed_kwh, one.parts_kwh, one.measured_kwh, one.circuits_kwh
        place = f"{of.panel}:{of.pole}"
        yield of.name, place, *energies, one.unallocated_kwh, of.least, of.greatest


def calibration_statements(calibrations: Iterable[BilledCalibration]) -> Iterator[Statement]:
    """What a bill says of them."""
    for one in calibrations:
        yield Statement(_("Calibration"), " ".join(_sentences(one)))


def _sentences(one: BilledCalibration) -> Iterator[str]:
    yield ngettext(
        "The energy of one circuit is calibrated to %(meter)s.",
        "The energy of %(num)s circuits is calibrated to %(meter)s.",
        one.circuits,
        meter=one.name,
    )
    if one.least is not None and one.greatest is not None:
        yield _(
            "In %(count)s quarter hours all circuits behind this meter were scaled so that they "
            "add up to what it measured, by a factor of %(least)s to %(greatest)s; that changed "
            "the energy of this bill by %(kwh)s kWh.",
            count=number(one.scaled),
            least=number(one.least),
            greatest=number(one.greatest),
            kwh=signed(one.kwh),
        )
    if one.beyond:
        yield _(
            "In %(count)s they differed from it by more than %(bound)s, and are billed as they "
            "were measured.",
            count=number(one.beyond),
            bound=spaced_percent((one.bound * 100).normalize()),
        )
    if one.unread:
        yield _(
            "In %(count)s the meter was not read, and they are billed as they were measured.",
            count=number(one.unread),
        )
    if one.missing:
        yield _(
            "In %(count)s something behind it is missing, and they are billed as they were "
            "measured.",
            count=number(one.missing),
        )


def _factors(one: BilledCalibration) -> str:
    if one.least is None or one.greatest is None:
        return ""
    return _("%(least)s to %(greatest)s", least=number(one.least), greatest=number(one.greatest))
