"""`vee`: what validation finds, and entries that keep the original."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
SIGNED = ("--by", "J. Doe", "--reason", "CT was off")
GAP = START + timedelta(days=10), START + timedelta(days=14)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with 30 A on 20 A breaker 2, and four days of March without a reading."""
    folder = tmp_path_factory.mktemp("vee")
    write_site(folder)
    store = Store(database_url(folder))
    store.database.ensure_schema()
    for span in ((START, GAP[0]), (GAP[1], END)):
        store.arrivals.add(polled(*span, [10_000, 30_000], poll_ms=900_000))
    while store.roll_up.intervals():
        pass
    item = directory(circuit((1,), "Customer1-A-1"), circuit((2,), "Customer2-A-1"))
    store.directories.add(item, encode_directory(item), NOON)
    store.close()
    return folder


@pytest.fixture
def site(seeded: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(seeded, folder)
    return write_site(folder)


def bill(run: Run, site: Path, customer: str) -> dict[str, Any]:
    found = json.loads(run("bill", "2026-03", "-c", site, "--format", "json").out)
    return next(one for one in found["bills"] if one["customer"] == customer)


def checked(run: Run, site: Path) -> list[dict[str, str]]:
    ran = run("vee", "check", "2026-03", "-c", site, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    found: list[dict[str, str]] = json.loads(ran.out)
    return found


def edit(run: Run, site: Path, pole: int, *what: str) -> None:
    span = ("--from", "2026-03-11T00:00", "--to", "2026-03-15T00:00")
    ran = run("vee", "edit", f"rpp-1a:{pole}", *span, *what, *SIGNED, "-c", site)
    assert (ran.status, ran.err) == (0, "")


def test_check_tells_holds_and_findings_with_their_customer(run: Run, site: Path) -> None:
    found = checked(run, site)
    assert [(row["customer"], row["flag"]) for row in found] == [
        ("Customer1", "held"),
        ("Customer2", "held"),
        ("Customer2", "held"),
        ("Customer1", "flat"),
        ("Customer1", "flat"),
        ("Customer2", "above_rating"),
        ("Customer2", "flat"),
        ("Customer2", "flat"),
        ("Customer2", "energy_above_rating"),
    ]
    assert found[0]["detail"] == "12.90 % of the energy is estimated, more than 5 %"
    above = "2589 intervals, up to 3.600 kW where the breaker carries 2.400 kW"
    title = "Energy above 1.2 times what the breaker carries"
    assert found[2]["detail"] == f"rpp-1a:2: {title}: {above}"
    assert found[5]["detail"] == "pole 2: 2589 intervals, up to 30.0 A"


def test_a_power_that_was_entered_is_billed_as_edited_and_no_longer_estimated(
    run: Run, site: Path
) -> None:
    before = bill(run, site, "Customer1")
    edit(run, site, 1, "--kw", "0.6")
    after = bill(run, site, "Customer1")
    assert before["kwh"] == pytest.approx(891.6)
    assert after["kwh"] == pytest.approx(891.6 - 96 * 0.6)
    flags = [row["flag"] for row in checked(run, site) if row["customer"] == "Customer1"]
    assert flags == ["flat", "flat"]


def test_a_withdrawn_entry_leaves_the_bill_as_it_was_and_stays_in_the_list(
    run: Run, site: Path
) -> None:
    before = bill(run, site, "Customer1")
    edit(run, site, 1, "--kw", "0")
    assert run("vee", "withdraw", "1", *SIGNED, "-c", site).out == "entry 2\n"
    assert bill(run, site, "Customer1") == before
    rows = json.loads(run("vee", "list", "-c", site, "--format", "json").out)
    assert [(row["id"], row["action"], row["in_force"]) for row in rows] == [
        (1, "set", "no"),
        (2, "withdraw", "no"),
    ]
    assert rows[0]["author"] == "J. Doe"


def test_an_accepted_flag_is_told_no_more(run: Run, site: Path) -> None:
    span = ("--from", "2026-03-01", "--to", "2026-04-01")
    ran = run("vee", "edit", "rpp-1a:2", *span, "--accept", *SIGNED, "-c", site)
    assert (ran.status, ran.err) == (0, "")
    rows = [row for row in checked(run, site) if row["customer"] == "Customer2"]
    assert [row["flag"] for row in rows] == ["held"]


def test_a_finding_is_accepted_by_its_name_and_releases_the_hold(run: Run, site: Path) -> None:
    signed = (*SIGNED, "-c", site)
    ran = run("vee", "accept", "2026-03", "rpp-1a:2", "energy_above_rating", *signed)
    assert (ran.status, ran.out, ran.err) == (0, "entry 1\n", "")
    flags = [row["flag"] for row in checked(run, site) if row["customer"] == "Customer2"]
    assert flags == ["held", "above_rating", "flat", "flat"]
    ran = run("vee", "accept", "2026-03", "rpp-1a", "main_differs", *signed)
    assert ran.status == 2
    assert "rpp-1a has no finding main_differs in 2026-03" in ran.err


def test_a_power_above_what_the_breaker_carries_is_forced_or_refused(run: Run, site: Path) -> None:
    span = ("--from", "2026-03-11", "--to", "2026-03-12")
    # 20 A at 120 V are 2.4 kW.
    signed = ("vee", "edit", "rpp-1a:1", *span, *SIGNED, "-c", site)
    ran = run(*signed, "--kw", "2.881")
    assert ran.status == 2
    assert "rpp-1a:1: 2.881 kW is more than 2.88 kW, which is 1.2 times what" in ran.err
    assert run(*signed, "--kw", "2.88").out == "entry 1\n"
    assert run(*signed, "--kw", "30", "--force").out == "entry 2\n"


def test_a_released_bill_keeps_the_reasons_of_its_hold(run: Run, site: Path) -> None:
    ran = run("vee", "release", "2026-03", "Customer1", *SIGNED, "-c", site)
    assert ran.out == "the bill of Customer1 for 2026-03 is released\n"
    assert checked(run, site)[0]["flag"] == "held"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rpp-1a"], "'rpp-1a' is no circuit: expected PANEL:POLE such as rpp-1a:5"),
        (["rpp-9:1"], "unknown panel 'rpp-9': expected one of rpp-1a"),
        (["rpp-1a:4"], "rpp-1a:4 is no circuit at that time: expected the first pole of one"),
        (["rpp-1a:1", "--kw", "-1"], "--kw '-1': expected kW such as 1.25, to a milliwatt"),
        (["rpp-1a:1", "--kw", "x"], "--kw 'x': expected kW such as 1.25, to a milliwatt"),
        (["rpp-1a:1", "--discard", "--accept"], "expected one of --kw, --discard and --accept"),
        (["rpp-1a:1", "--reason", " "], "rpp-1a:1: it has no reason"),
        (["rpp-1a:1", "--to", "2026-03-10T11:00"], "rpp-1a:1: its end is not after its start"),
        (
            ["rpp-1a:1", "--to", "2026-03-10T13:07"],
            "rpp-1a:1: its end is not on a quarter hour, as 2026-03-10 17:00:00+00:00 is",
        ),
        (["rpp-1a:1", "--to", "2026-08-01"], "rpp-1a:1: it is longer than 62 days"),
        (
            ["rpp-1a:1", "--to", "tomorrow"],
            "--to 'tomorrow': expected a date or time such as 2026-03-10 or 2026-03-10T12:00",
        ),
    ],
)
def test_a_wrong_entry_is_refused_in_one_line_and_nothing_is_stored(
    run: Run, site: Path, arguments: list[str], said: str
) -> None:
    given = {"--from": "2026-03-10T12:00", "--to": "2026-03-10T13:00", "--by": "J. Doe"}
    given |= {"--reason": "CT was off"}
    circuit_text, *rest = arguments
    given |= {
        rest[place]: rest[place + 1]
        for place in range(len(rest) - 1)
        if rest[place] in {"--kw", "--to", "--reason"}
    }
    flags = [word for word in rest if word in {"--discard", "--accept"}]
    if "--kw" not in given and not flags:
        flags = ["--discard"]
    words = [word for pair in given.items() for word in pair]
    ran = run("vee", "edit", circuit_text, *words, *flags, "-c", site)
    assert (ran.status, ran.out, ran.err) == (2, "", f"{said}\n")
    assert json.loads(run("vee", "list", "-c", site, "--format", "json").out) == []


def test_an_entry_that_does_not_exist_cannot_be_withdrawn(run: Run, site: Path) -> None:
    ran = run("vee", "withdraw", "7", *SIGNED, "-c", site)
    assert (ran.status, ran.err) == (2, "there is no entry 7\n")


def test_a_dry_run_shows_the_effect_and_enters_nothing(run: Run, site: Path) -> None:
    """Pole 1 at 10 A of 120 V: half of it for two hours is 1.2 kWh less."""
    span = ("--from", "2026-03-02T09:00", "--to", "2026-03-02T11:00")
    ran = run("vee", "edit", "rpp-1a:1", *span, "--kw", "0.6", *SIGNED, "--dry-run", "-c", site)
    assert (ran.status, ran.err) == (0, "")
    assert "-1.200" in ran.out
    accepted = ("2026-03", "rpp-1a:2", "energy_above_rating", *SIGNED, "--dry-run", "-c", site)
    ran = run("vee", "accept", *accepted)
    assert "No longer found on rpp-1a:2: energy above" in ran.out
    ratio = ("rpp-1a", "--poles", "1", "--multiplier", "2", "--valid-from", "always")
    ran = run("meters", "add", *ratio, "--dry-run", "--month", "2026-03", "-c", site)
    assert "+891.600" in ran.out
    assert not (site.parent / "meters.csv").exists()
    assert json.loads(run("vee", "list", "-c", site, "--format", "json").out) == []


def test_a_formula_below_0_is_accepted_by_its_id(run: Run, site: Path) -> None:
    row = "rpp-1a,f-x,rpp-1a:1 - rpp-1a:2,,Customer8\n"
    (site.parent / "formulas.csv").write_text(f"panel,id,members,description,customer\n{row}")
    flag = "formula_negative"
    assert flag in {one["flag"] for one in checked(run, site)}
    ran = run("vee", "accept", "2026-03", "rpp-1a:f-x", flag, *SIGNED, "-c", site)
    assert (ran.status, ran.out.strip()) == (0, "entry 1")
    assert flag not in {one["flag"] for one in checked(run, site)}
    (entry,) = json.loads(run("vee", "list", "-c", site, "--format", "json").out)
    assert (entry["panel"], entry["pole"], entry["flag"]) == ("rpp-1a", "f-x", flag)
    assert run("vee", "withdraw", "1", *SIGNED, "-c", site).status == 0
    assert flag in {one["flag"] for one in checked(run, site)}
    listed = json.loads(run("vee", "list", "-c", site, "--format", "json").out)
    assert [one["pole"] for one in listed] == ["f-x", "f-x"]
