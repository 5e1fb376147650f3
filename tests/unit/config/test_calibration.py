"""`billing.calibrate_to`: what is behind a meter, and what of it is neither measured nor stated."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.checking import calibration_problems
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo, Scope, StatedPart
from bcm_mqtt.errors import InputError
from unit.site_files import CIRCUITS, write_site

USUAL = "meter: rpp-1a:7, panels: [rpp-1b]"


def site(
    folder: Path,
    said: str = USUAL,
    circuits: tuple[str, ...] = CIRCUITS,
    more: str = "",
    poles: str = "",
) -> Path:
    main = write_site(folder, circuits=circuits)
    text = main.read_text().replace(
        "billing: {default_tariff: standard}",
        f"billing: {{default_tariff: standard, calibrate_to: {{utility: {{{said}}}{more}}}}}",
    )
    main.write_text(text.replace("poles: 12}", f"poles: 12{poles}}}"))
    return main


def test_what_is_stated_is_what_the_site_bills_by(tmp_path: Path) -> None:
    said = (
        "meter: rpp-1a:7, name: Meter 4711, panels: [rpp-1b], circuits: ['rpp-1a:1'], "
        "uncertainty: 2.5, parts: {'rpp-1b:11': {kwh_a_day: 24}, losses: {share: 1.5}}, "
        "valid_from: 2026-02-01, valid_to: '2026-05-01T06:15'"
    )
    assert load(site(tmp_path, said)).terms.calibrations == (
        CalibratedTo(
            id="utility",
            name="Meter 4711",
            meter=Feeder("rpp-1a", 7),
            scopes=(
                Scope("rpp-1a", frozenset({1}), frozenset({7})),
                Scope("rpp-1b", None, frozenset({11})),
            ),
            parts=(
                StatedPart("rpp-1b:11", kwh_a_day=Decimal(24)),
                StatedPart("losses", share=Decimal("0.015")),
            ),
            bound=Decimal("0.025"),
            valid_from=datetime(2026, 2, 1, 5, tzinfo=UTC),
            valid_to=datetime(2026, 5, 1, 10, 15, tzinfo=UTC),
        ),
    )
    (usual,) = load(site(tmp_path)).terms.calibrations
    assert (usual.name, usual.bound, usual.parts) == ("utility", Decimal("0.05"), ())
    assert load(write_site(tmp_path)).terms.calibrations == ()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("panels: [rpp-1b]", "billing.calibrate_to.utility.meter: is required"),
        ("meter: main", "utility.meter: 'main' is no circuit: expected PANEL:POLE"),
        ("meter: rpp-9:1, panels: [rpp-1b]", "utility.meter: unknown panel 'rpp-9'"),
        (
            "meter: rpp-1b:13, panels: [rpp-1b]",
            "utility.meter: rpp-1b:13 is not on the panel: expected a pole from 1 to 12",
        ),
        ("meter: rpp-1a:7, panels: [rpp-9]", "utility.panels: unknown panel 'rpp-9'"),
        (
            f"{USUAL}, circuits: ['rpp-1a:99']",
            "utility.circuits: rpp-1a:99 is not on the panel: expected a pole from 1 to 48",
        ),
        (
            "meter: rpp-1a:7, circuits: ['rpp-1a:7']",
            "utility.circuits: rpp-1a:7 is the meter itself: expected what is behind it",
        ),
        ("meter: rpp-1a:7", "utility: nothing is behind the meter: expected panels or circuits"),
        (f"{USUAL}, uncertainty: 0", "utility.uncertainty: expected percent above 0, at most 20"),
        (f"{USUAL}, uncertainty: 21", "utility.uncertainty: expected a number from 0 to 20"),
        (
            f"{USUAL}, parts: {{losses: {{}}}}",
            "utility.parts.losses: expected either share (percent of the meter) or kwh_a_day",
        ),
        (
            f"{USUAL}, parts: {{losses: {{share: 1, kwh_a_day: 1}}}}",
            "utility.parts.losses: expected either share (percent of the meter) or kwh_a_day",
        ),
        (
            f"{USUAL}, parts: {{losses: {{share: 100}}}}",
            "utility.parts.losses.share: expected percent below 100",
        ),
        (
            f"{USUAL}, parts: {{a: {{share: 60}}, b: {{share: 40}}}}",
            "utility.parts: the shares are all that the meter measures: expected less than 100 %",
        ),
        (
            f"{USUAL}, parts: {{'rpp-1a:3': {{share: 1}}}}",
            "utility.parts.rpp-1a:3: rpp-1a:3 is not behind the meter: expected a circuit of",
        ),
        (
            f"{USUAL}, valid_from: '2026-02-01T00:01'",
            "utility.valid_from: expected a quarter hour",
        ),
        (
            f"{USUAL}, valid_from: 2026-02-01, valid_to: 2026-01-01",
            "utility.valid_to: expected a time after valid_from",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, said: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        load(site(tmp_path, said))
    (line,) = [str(one) for one in refused.value.problems]
    assert problem in line
    assert "bcm.yaml:" in line


def test_a_panel_is_behind_one_meter(tmp_path: Path) -> None:
    more = ", other: {meter: rpp-1a:1, panels: [rpp-1b]}"
    with pytest.raises(InputError, match=r"other: circuits of rpp-1b are behind the meter of util"):
        load(site(tmp_path, more=more))


BREAKER = "rpp-1b,11,Tenant9-pump,20,"


def problems(folder: Path, *more: str, said: str = USUAL, formula: str = "") -> list[str]:
    main = site(folder, said, (*CIRCUITS, *more), poles=", unmonitored: [9, 11]")
    if formula:
        (folder / "formulas.csv").write_text(f"panel,id,members,customer\n{formula}\n")
    return [str(one) for one in calibration_problems(load(main))]


def test_a_breaker_that_is_not_measured_is_refused_in_one_line(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, BREAKER)
    assert line.endswith(
        "billing.calibrate_to.utility: rpp-1b:11 Tenant9-pump is behind the meter, is not "
        "monitored and has no stated part: measure it, or state it in parts"
    )
    said = f"{USUAL}, parts: {{'rpp-1b:11': {{kwh_a_day: 24}}}}"
    assert problems(tmp_path, BREAKER, said=said) == []


def test_a_position_that_feeds_nobody_and_a_breaker_of_another_time_are_no_matter(
    tmp_path: Path,
) -> None:
    assert problems(tmp_path, "rpp-1b,11,Spare,20,", "rpp-1b,9,space,,") == []
    (line,) = problems(tmp_path, "rpp-1b,11,,20,")
    assert "rpp-1b:11 (no description) is behind the meter" in line
    later = f"{BREAKER}2026-06-01"
    assert len(problems(tmp_path, later)) == 1
    assert problems(tmp_path, later, said=f"{USUAL}, valid_to: 2026-06-01") == []


def test_the_meter_and_what_is_named_are_circuits(tmp_path: Path) -> None:
    (meter, circuit) = problems(tmp_path, said="meter: rpp-1a:9, circuits: ['rpp-1b:3']")
    assert "the meter rpp-1a:9 is no circuit: expected a row of circuits.csv" in meter
    assert "rpp-1b:3 is no circuit: expected the first pole of one" in circuit


def test_what_carries_the_energy_of_others_has_no_customer(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, said="meter: rpp-1a:1, panels: [rpp-1b]")
    assert "rpp-1a:1 is of customer Customer1, and its energy is that of other circuits" in line


def test_what_is_measured_has_no_stated_part(tmp_path: Path) -> None:
    said = f"{USUAL}, parts: {{'rpp-1b:1': {{kwh_a_day: 24}}}}"
    (line,) = problems(tmp_path, said=said)
    assert line.endswith("rpp-1b:1 is measured and has a stated part: expected one of the two")


def test_a_formula_is_calibrated_whole_or_not_at_all(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, formula="rpp-1a,f-rest,rpp-1a:1 - rpp-1b:1,Tenant5")
    assert "formula rpp-1a:f-rest has circuits that are calibrated and others" in line
    assert "(rpp-1a:1)" in line
    assert problems(tmp_path, formula="rpp-1a,f-sum,rpp-1a:1 + rpp-1a:3,Tenant5") == []
