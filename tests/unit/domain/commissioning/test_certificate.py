"""What a certificate says of a panel, and plainly of what was not checked."""

from dataclasses import replace

from bcm_mqtt.domain.commissioning.certificate import certificate
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, panel

DIRECTORY = Directory(
    panel(poles=6, unmonitored=[6]),
    (circuit((1,), "Acme-R1"),),
    (Instrument((1, 2), maker="Eastron", model="SDM630", serial="A-1", meter_class="1"),),
)
RIGHT = Result(
    *("rpp-1a", NOON, "1", "anna", Verdict.RIGHT, 1, 8_300, 990_000),
    our_ma=10_000,
    clamp_ma=10_400,
    limit_ma=800,
    clamp="Fluke 376",
)


def test_a_panel_nobody_walked_certifies_nothing() -> None:
    said = certificate(DIRECTORY, [], NOON, NEW_YORK)
    assert said.verdict == "0 of 5 poles checked, none with findings"
    assert {line.transformer for line in said.lines} == {"not checked"}
    assert not any(line.passed for line in said.lines)
    assert said.unchecked == (
        "Which transformer is on these poles: 1-5.",
        "The sum of the circuits against the main.",
        "Poles without a transformer: 6.",
    )
    assert said.times == ""


def test_each_pole_says_what_was_found_and_what_not() -> None:
    none = Result("rpp-1a", NOON + QUARTER, "2", "bert", Verdict.NONE)
    main = Result(
        *("rpp-1a", NOON, "main A", "anna", Verdict.COMPARED),
        our_ma=20_000,
        clamp_ma=30_000,
        limit_ma=1_000,
    )
    said = certificate(DIRECTORY, [RIGHT, none, main], NOON, NEW_YORK)
    first, second = said.lines[:2]
    assert (first.circuit, first.transformer, first.polarity, first.passed) == (
        *("1 Acme-R1", "right, +8.3 A", "right"),
        True,
    )
    assert first.comparison == "10.0 A, clamp meter 10.4 A: within ±0.8 A"
    assert first.checked == "2026-11-20 07:00 anna"
    assert (second.transformer, second.passed) == ("no transformer answered", False)
    assert said.lines[-1].place == "main"
    assert said.found == (
        "Pole 2: no transformer answered",
        "Main A: 20.0 A, clamp meter 30.0 A: NOT within ±1.0 A",
    )
    assert said.verdict == "2 of 5 poles checked, 2 with findings"
    assert (said.people, said.clamps) == (("anna", "bert"), ("Fluke 376",))
    assert said.instruments == (
        "Poles 1-2: Eastron SDM630, serial number A-1; class 1; transformers of class not stated",
        "Poles 3-5: no row of meters.csv says which meter and transformers these are",
    )


def test_of_each_pole_the_newest_holds() -> None:
    again = replace(RIGHT, at=NOON + QUARTER, verdict=Verdict.NONE, answered=None)
    said = certificate(DIRECTORY, [again, RIGHT], NOON, NEW_YORK)
    assert said.lines[0].transformer.startswith("no transformer answered")
