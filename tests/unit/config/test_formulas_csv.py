"""formulas.csv: read whole with the line of each mistake, and checked against the circuits."""

from pathlib import Path

import pytest

from bcm_mqtt.config import FollowedSettings, load
from bcm_mqtt.config.checking import formula_problems
from bcm_mqtt.domain.site.formula.formula import Member
from bcm_mqtt.errors import InputError
from unit.site_files import CIRCUITS, write_site

HEADER = "panel,id,members,description,customer,valid_from\n"
REST = "rpp-1a,f-rest,rpp-1a:7 - rpp-1b:1,Customer3-rest,,2026-03-10\n"


def site(folder: Path, rows: str = REST, circuits: tuple[str, ...] = CIRCUITS) -> Path:
    main = write_site(folder, circuits=circuits)
    (folder / "formulas.csv").write_text(HEADER + rows)
    return main


def test_the_rows_of_the_file_are_the_formulas_that_the_site_bills_by(tmp_path: Path) -> None:
    (one,) = load(site(tmp_path)).terms.formulas
    assert (one.panel, one.id, one.description, one.customer) == (
        "rpp-1a",
        "f-rest",
        "Customer3-rest",
        "",
    )
    assert one.members == (Member(1, "rpp-1a", 7), Member(-1, "rpp-1b", 1))
    assert f"{one.valid_from:%F %H}" == "2026-03-10 04"  # New York's midnight


def test_a_site_without_the_file_has_none_and_one_that_names_it_must_have_it(
    tmp_path: Path,
) -> None:
    main = write_site(tmp_path)
    assert load(main).terms.formulas == ()
    main.write_text(main.read_text() + "formulas: sums.csv\n")
    with pytest.raises(InputError, match=r"sums\.csv: cannot be read"):
        load(main)
    (tmp_path / "sums.csv").write_text(HEADER + REST)
    assert len(load(main).terms.formulas) == 1


def test_a_file_that_is_written_while_the_program_runs_is_read(tmp_path: Path) -> None:
    settings = FollowedSettings(load(write_site(tmp_path)))
    assert settings.current().terms.formulas == ()
    (tmp_path / "formulas.csv").write_text(HEADER + REST)
    assert len(settings.current().terms.formulas) == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("rpp-9,f-x,rpp-1a:1,,,", "2: panel: unknown panel 'rpp-9'"),
        ("rpp-1a,rest,rpp-1a:1,,,", "2: id: 'rest': expected f- and small letters"),
        ("rpp-1a,f-x,rpp-1a:1 rpp-1a:3,,,", "2: members: 'rpp-1a:3': expected circuits with +"),
        ("rpp-1a,f-x,rpp-8:1,,,", "2: members: unknown panel 'rpp-8'"),
        ("rpp-1a,f-x,rpp-1b:13,,,", "2: members: rpp-1b:13 is not on the panel: expected a pole"),
        ("rpp-1a,f-x,rpp-1a:1,,,soon", "2: valid_from: expected a date or time"),
        ("rpp-1a,f-x,rpp-1a:f-y,,,", "2: rpp-1a:f-x members: rpp-1a:f-y is no formula then"),
        (
            "rpp-1a,f-x,rpp-1a:f-x + rpp-1a:1,,,",
            "2: rpp-1a:f-x members: it goes in a circle: rpp-1a:f-x -> rpp-1a:f-x",
        ),
        (
            "rpp-1a,f-x,rpp-1a:1,,,\nrpp-1a,f-x,rpp-1a:3,,,",
            "3: rpp-1a:f-x members: rpp-1a:f-x has two rows valid from the same time",
        ),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        load(site(tmp_path, f"{row}\n"))
    assert f"formulas.csv:{problem}" in str(refused.value)


def findings(folder: Path, rows: str, circuits: tuple[str, ...] = CIRCUITS) -> list[str]:
    return [str(one) for one in formula_problems(load(site(folder, rows, circuits)))]


def test_a_formula_that_bills_the_rest_is_good(tmp_path: Path) -> None:
    assert findings(tmp_path, REST) == []


def test_energy_that_is_billed_twice_is_one_line_with_circuits_and_dates(tmp_path: Path) -> None:
    rows = "rpp-1a,f-sum,rpp-1a:7 + rpp-1b:1,Customer3-sum,,2026-03-10\n"
    (one,) = findings(tmp_path, rows)
    assert one == (
        f"{tmp_path}/formulas.csv:2: rpp-1a:f-sum members: energy of rpp-1b:1 is billed 2 times "
        "from 2026-03-10: + rpp-1b:1 (Customer1), + rpp-1a:f-sum (Customer3); expected once: take "
        "it away in the formula of whoever pays for the rest, or remove a customer"
    )


def test_energy_that_is_taken_away_twice_is_one_line(tmp_path: Path) -> None:
    rows = f"{REST}rpp-1a,f-more,rpp-1a:3 - rpp-1b:1,Customer4-more,,\n"
    (one,) = [line for line in findings(tmp_path, rows) if "rpp-1b:1 is" in line]
    assert "rpp-1b:1 is billed -1 times from 2026-03-10: + rpp-1b:1 (Customer1), - " in one
    assert one.endswith(
        "expected 0 or 1: take it away once, from the formula that has it by its "
        "main, and state billing.fed_by for its panel"
    )


def test_it_says_until_when(tmp_path: Path) -> None:
    rows = (
        "rpp-1a,f-sum,rpp-1a:7 + rpp-1b:1,Customer3-sum,,2026-03-10\nrpp-1a,f-sum,,,,2026-04-01\n"
    )
    (one,) = findings(tmp_path, rows)
    assert "billed 2 times from 2026-03-10 until 2026-04-01: " in one


def test_a_member_must_be_a_circuit_as_long_as_the_formula_holds(tmp_path: Path) -> None:
    (one,) = findings(tmp_path, "rpp-1a,f-x,rpp-1a:9,Customer3-x,,\n")
    assert "formulas.csv:2: rpp-1a:f-x members: member rpp-1a:9 is no circuit at all times" in one
    later = (*CIRCUITS, "rpp-1a,9,,20,2026-05-01")
    (one,) = findings(tmp_path, "rpp-1a,f-x,rpp-1a:9,Customer3-x,,2026-03-10\n", later)
    assert "is no circuit from 2026-03-10: expected the first pole of one" in one
    assert findings(tmp_path, "rpp-1a,f-x,rpp-1a:9,Customer3-x,,2026-05-01\n", later) == []
