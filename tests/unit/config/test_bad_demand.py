"""Mistakes in the demand charges of tariffs.yaml: each with its key and what was expected."""

from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.checking import demand_problems
from unit.config.site_files import complaints
from unit.site_files import write_site

HEAD = """\
tariffs:
  standard:
    versions:
      - valid_from: 2026-01-01
        energy: 1
        schedule: [{period: "on", hours: 08:15-20:00}]
        otherwise: "off"
        demand:
"""
OWN = "of each circuit on its own, quarter hours alone are known"
PEAK_TIME = "expected a local day and time on the quarter such as 2026-01-15 17:00"


@pytest.mark.parametrize(
    ("charge", "found"),
    [
        ("window: 20", ["window: expected 5, 10, 15, 30 or 60 minutes, not 20"]),
        (
            "window: 10, sliding: true, step: 2",
            ["step: expected 1, 5 or 15 minutes, not 2"],
        ),
        ("window: 10, step: 1", ["step: needs sliding: true"]),
        (
            'window: 10, period: "on"',
            ["window: needs a schedule with hours on the 10 minutes, or sliding: true"],
        ),
        (
            "window: 5, sliding: true, step: 5",
            ["sliding: needs a window longer than its steps, which are 5 minutes"],
        ),
        (
            "window: 5, kva: true",
            ["window: expected 15, 30 or 60, by quarter hours: for kva and peaks of others"],
        ),
        ("coincident: false, window: 5", [f"window: expected 15: {OWN}"]),
        ("round_to: 0", ["round_to: expected a number from 0.001, not 0"]),
        (
            "round_to: 1, rounding: even",
            ["rounding: expected one of half-up, up, down, not 'even'"],
        ),
        ("rounding: up", ["rounding: needs round_to, the step in kW"]),
        (
            "sliding: true",
            ["sliding: needs a window longer than its steps, which are 15 minutes"],
        ),
        (
            "coincident: false, kva: true",
            ["coincident: expected true: reactive power counts of all circuits at once"],
        ),
        (
            "site_peak: true, kva: true",
            ["site_peak: is of kW of all circuits at once: remove kva, peak_times, coincident"],
        ),
        ("kva: true, power_factor: 0.9", ["power_factor: is for kW: kVA have it in them"]),
        (
            "power_factor: 1.5",
            ["power_factor: expected a number from 0 to 1, not 1.5"],
        ),
        ("coincident: false, window: 60", [f"window: expected 15: {OWN}"]),
        (
            "coincident: false, peak_times: 2026-01-15 17:00",
            ["peak_times: are for the demand of all circuits at once: remove coincident"],
        ),
        (
            "peak_times: [2026-01-15 17:15, 2026-02-30 17:00]",
            [f"peak_times.1: {PEAK_TIME}, not '2026-02-30 17:00'"],
        ),
        ("peak_times: 2026-01-15 17:05", [f"peak_times: {PEAK_TIME}, not '2026-01-15 17:05'"]),
        (
            "window: 60, peak_times: [2026-01-15 17:15]",
            ["peak_times.0: expected a time at which a window of 60 minutes begins"],
        ),
        (
            'window: 30, period: "on"',
            ["window: needs a schedule with hours on the 30 minutes, or sliding: true"],
        ),
        ("by_difference: true", ["by_difference: needs power_factor, below which it counts"]),
        ("minimum: -1", ["minimum: expected a number from 0, not -1"]),
        (
            "ratchet: {share: 0.8, months: 11, of_months: [6, 13]}",
            ["ratchet.of_months.1: expected a whole number from 1 to 12, not 13"],
        ),
        (
            "ratchet: {share: 0.8, months: 11, starting: [{month: 2025-13, kw: 1}]}",
            ["ratchet.starting.0.month: expected a month such as 2025-07, not '2025-13'"],
        ),
    ],
)
def test_a_mistake_is_named_with_what_was_expected(
    tmp_path: Path, charge: str, found: list[str]
) -> None:
    assert named(tmp_path, f"{{price: 1, {charge}}}") == [f"demand.0.{one}" for one in found]


def test_tiers_of_demand_grow_and_the_last_has_no_end(tmp_path: Path) -> None:
    assert named(tmp_path, "price: [{up_to: 9, price: 1}, {price: 2, up_to: 3}]") == [
        "demand.0.price.1: expected a last tier without up_to",
        "demand.0.price.1.up_to: expected more than 9, where the tier begins",
    ]
    assert named(tmp_path, "price: [{hours_use: 9, price: 1}, {price: 2}]") == [
        "demand.0.price: expected up_to in kW: hours of use are of energy"
    ]
    below = "expected prices from 0: only energy may be worth less than nothing"
    assert named(tmp_path, "price: [{price: -1}]") == [f"demand.0.price: {below}"]
    assert named(tmp_path, "price: []") == ["demand.0.price: expected at least one tier"]


def test_hours_of_use_are_of_kw_that_are_always_known(tmp_path: Path) -> None:
    found = of_version(
        tmp_path,
        "        energy: [{hours_use: 9, price: 1}, {price: 2}]\n"
        "        demand: [{price: 1, kva: true}]\n"
        "        reactive: [{price: 1}, {price: 2}]\n",
    )
    first = "expected one without kva and power_factor first"
    twice = "is the second charge for reactive energy with the name 'Reactive energy'"
    assert found == [f"demand.0: is the demand of hours of use: {first}", f"reactive.1: {twice}"]


def test_two_charges_for_one_measure_are_told_apart_by_names(tmp_path: Path) -> None:
    twice = "is the second charge for the same demand: expected a name"
    assert named(tmp_path, "{price: 1}", "{price: 2}") == [f"demand.1: {twice}"]
    assert named(tmp_path, "{price: 1, name: A}", "{price: 2, window: 60, name: A}") == [
        "demand.1.name: is the second demand charge with the name 'A'"
    ]


def named(folder: Path, *charges: str) -> list[str]:
    rest = "".join(f"          - {charge}\n" for charge in charges)
    return of_version(folder, HEAD.partition("-01\n")[2] + rest)


def of_version(folder: Path, version: str) -> list[str]:
    tariffs = HEAD.partition("-01\n")[0] + "-01\n" + version
    files = {"tariffs.yaml": tariffs, "customers.yaml": "customers: {}\n"}
    before = "tariffs.standard.versions.0."
    return [one.split(": ", 1)[1].removeprefix(before) for one in complaints(folder, files)]


DEMAND = """\
tariffs:
  standard:
    versions:
      - valid_from: 2026-01-01
        energy: 1
        demand:
          - {price: 1, window: 5}
          - {price: 1, window: 10, sliding: true, step: 1}
          - price: 1
            ratchet: {share: 0.8, months: 11, starting: [STARTING]}
"""


def checked(folder: Path, starting: str, poll: str) -> list[str]:
    main = write_site(folder)
    text = main.read_text().replace("port: 502}", f"port: 502, poll_interval: {poll}}}")
    main.write_text(text)
    (folder / "tariffs.yaml").write_text(DEMAND.replace("STARTING", starting))
    return [str(one).removeprefix(f"{main}: ") for one in demand_problems(load(main))]


def test_windows_need_five_polls_in_a_step_of_the_panels_of_their_customers(
    tmp_path: Path,
) -> None:
    place, advice = "tariffs.standard.versions.0.demand", "poll it more often, or state 15 minutes"
    sliding = f"{place}.1.step: needs polls at most every 12 s, and rpp-1b is polled every"
    assert checked(tmp_path, "", "12s") == []
    assert checked(tmp_path, "", "15s") == [f"{sliding} 15 s: {advice}"]
    ninety = f" 90 s: {advice}"
    assert checked(tmp_path, "", "90s") == [
        f"{place}.0.window: needs polls at most every 60 s, and rpp-1b is polled every{ninety}",
        f"{sliding}{ninety}",
    ]


def test_starting_demands_are_of_customers_that_there_are(tmp_path: Path) -> None:
    known = "{month: 2025-12, kw: 5, customer: Customer2}, {month: 2025-11, kw: 4}"
    assert checked(tmp_path, known, "10s") == []
    (found,) = checked(tmp_path, "{month: 2025-12, kw: 5, customer: Customer9}", "10s")
    place, _, message = found.partition(": ")
    assert place == "tariffs.standard.versions.0.demand.2.ratchet.starting.0.customer"
    assert message == "unknown customer 'Customer9': expected one of Customer1, Customer2"
