"""`check` warns of what is hardly meant and refuses nothing for it."""

from pathlib import Path

from unit.cli.conftest import Run
from unit.site_files import write_site


def test_ids_that_differ_by_case_and_words_that_are_no_customer_are_warned_of(
    run: Run, tmp_path: Path
) -> None:
    rows = ["rpp-1a,1,Acme-1,20,", "rpp-1a,3,ACME-2,20,", "rpp-1a,5,Spare-1,20,"]
    config = write_site(tmp_path, circuits=rows)
    (tmp_path / "customers.yaml").write_text("customers: {acme: {}, Space: {}}\n")
    ran = run("check", "-c", config)
    assert ran.status == 0
    assert ran.err == (
        f"{config}: warning: customers ACME and Acme and acme differ by case only, and each gets "
        "bills of its own: write them alike\n"
        f"{config}: warning: customer 'Space' is a word that belongs to no customer: only circuits "
        "that state this customer in a column of their own are on its bills\n"
    )


def test_a_site_without_such_ids_is_not_warned(run: Run, config: Path) -> None:
    assert run("check", "-c", config).err == ""
