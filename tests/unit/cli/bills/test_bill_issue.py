"""`bill --issue`, `--revise` and `bill verify` as a person types them."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site
from unit.store.rows import execute, rows

MARCH = Month(2026, 3)
CIRCUITS = (circuit((1,)), circuit((3, 5), "Customer2-A-1"))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site whose March is measured."""
    folder = tmp_path_factory.mktemp("seeded")
    write_site(folder, circuits=None)
    with closing(Store(database_url(folder))) as store:
        store.database.ensure_schema()
        store.arrivals.add(polled(*MARCH.bounds(NEW_YORK), [10_000] * 5, poll_ms=3_600_000))
        while store.roll_up.intervals():
            pass
        put(store, CIRCUITS)
    return folder


def put(store: Store, versions: tuple[CircuitVersion, ...]) -> None:
    item = directory(*versions)
    store.directories.add(item, encode_directory(item), NOON)


@pytest.fixture
def folder(seeded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(seeded, tmp_path / "site")
    write_site(tmp_path / "site", circuits=None)
    return tmp_path / "site"


@pytest.fixture
def config(folder: Path) -> Path:
    return folder / "bcm.yaml"


def correct(folder: Path) -> None:
    with closing(Store(database_url(folder))) as store:
        put(store, (replace(CIRCUITS[0], power_factor=Decimal("0.9")), CIRCUITS[1]))


def table(out: str) -> list[str]:
    lines = (" ".join(line.split()).strip("│ ") for line in out.splitlines())
    return [line for line in lines if line.startswith("Customer")]


def test_issuing_numbers_the_bills_and_shows_them_as_issued(run: Run, config: Path) -> None:
    ran = run("bill", "2026-03", "-c", config, "--issue")
    assert ran.status == 0
    assert ran.err.splitlines() == [
        "bill 1: Customer1, 105.65 USD",
        "bill 2: Customer2, 183.13 USD",
    ]
    assert [line.rsplit("│", 1)[1] for line in table(ran.out)] == [
        " issued, bill 1",
        " issued, bill 2",
    ]
    again = run("bill", "2026-03", "-c", config, "--issue")
    assert (again.status, again.err) == (0, "")
    assert table(again.out) == table(ran.out)


def test_a_corrected_bill_is_told_to_be_revised(run: Run, folder: Path, config: Path) -> None:
    run("bill", "2026-03", "-c", config, "--issue")
    correct(folder)
    ran = run("bill", "2026-03", "-c", config, "--issue")
    assert ran.status == 1
    assert ran.err == (
        "bcm-mqtt: 2026-03: not issued: would differ from what was issued: Customer1 "
        "(bill verify says why; --revise issues a revision)\n"
    )
    shown = run("bill", "2026-03", "-c", config)
    assert "105.65 USD" in table(shown.out)[0]
    assert shown.out.splitlines()[-1] == (
        "would differ if recalculated: Customer1 (--draft shows it, bill verify says why)"
    )
    draft = run("bill", "2026-03", "-c", config, "--draft")
    assert "95.09 USD" in table(draft.out)[0]
    assert table(draft.out)[0].endswith("draft")
    ran = run("bill", "2026-03", "-c", config, "--revise", "--reason", "power factor")
    assert ran.status == 0
    assert ran.err == "bill 3: Customer1, 95.09 USD, revision 1 of bill 1: -10.56 USD\n"
    assert table(ran.out)[0].endswith("issued, bill 3, revision 1")


def test_reports_of_an_issued_month_have_the_issued_figures(
    run: Run, folder: Path, config: Path
) -> None:
    run("bill", "2026-03", "-c", config, "--issue")
    before = run("bill", "2026-03", "-c", config, "--format", "json").out
    correct(folder)
    assert run("bill", "2026-03", "-c", config, "--format", "json").out == before
    assert run("bill", "2026-03", "-c", config, "--format", "json", "--draft").out != before


@pytest.mark.parametrize(
    ("month", "options", "said"),
    [
        ("2999-01", ["--issue"], "2999-01 has not ended: its bills cannot be issued yet"),
        ("2026-03", ["--reason", "x"], "--reason: expected with --revise"),
        ("2026-03", ["--issue", "--customer", "No"], "customer 'No' has no circuit in 2026-03"),
    ],
)
def test_what_cannot_be_issued_is_said_in_one_line(
    run: Run, config: Path, month: str, options: list[str], said: str
) -> None:
    ran = run("bill", month, "-c", config, *options)
    assert (ran.status, ran.err) == (2, f"{said}\n")


def test_verify_says_that_nothing_was_issued(run: Run, config: Path) -> None:
    ran = run("bill", "verify", "-c", config)
    assert (ran.status, ran.out, ran.err) == (0, "no bill was issued\n", "")


def test_verify_says_per_bill_what_has_changed(run: Run, folder: Path, config: Path) -> None:
    run("bill", "2026-03", "-c", config, "--issue")
    with closing(Store(database_url(folder))) as store:
        ((digest,),) = rows(store, "SELECT sha256 FROM bill WHERE number = 2")
    correct(folder)
    ran = run("bill", "verify", "-c", config, "--month", "2026-03")
    assert (ran.status, ran.err) == (0, "")
    head, one, two, last, signed = (" ".join(line.split()) for line in ran.out.splitlines())
    assert head == "bill month customer revision kwh amount kwh now amount now status"
    assert one == (
        "1 2026-03 Customer1 0 891.600 105.65 USD 802.440 95.09 changed since: directory of rpp-1a"
    )
    assert two.endswith("183.13 ok")
    assert last == f"2 bills; the last is bill 2, SHA-256 {digest}"
    assert signed == "all bills are signed by the site's key"
    found = json.loads(run("bill", "verify", "-c", config, "--format", "json").out)
    assert found["last"] == {"bill": 2, "sha256": digest}
    assert found["faults"] == []
    assert found["bills"][0] == {
        "bill": 1,
        "month": "2026-03",
        "customer": "Customer1",
        "revision": 0,
        "kwh": "891.600",
        "amount": "105.65",
        "kwh_now": "802.440",
        "amount_now": "95.09",
        "status": "changed",
        "currency": "USD",
        "changed": ["directory of rpp-1a"],
        "proved": None,
    }


def test_verify_names_the_bill_that_was_changed_and_fails(
    run: Run, folder: Path, config: Path
) -> None:
    run("bill", "2026-03", "-c", config, "--issue")
    with closing(Store(database_url(folder))) as store:
        execute(store, "UPDATE bill SET amount = 105.66 WHERE number = 1")
    ran = run("bill", "verify", "-c", config)
    assert ran.status == 1
    said = "bill 1: bill.amount is 105.66, but its document says 105.65"
    assert ran.err == f"bcm-mqtt: {said}\n"
    assert said in ran.out.splitlines()
    json_too = run("bill", "verify", "-c", config, "--format", "json")
    assert (json_too.status, json_too.err) == (1, ran.err)
    assert json.loads(json_too.out)["faults"] == [{"bill": 1, "what": said.split(": ", 1)[1]}]


def test_a_changed_document_is_shown_by_no_report(run: Run, folder: Path, config: Path) -> None:
    run("bill", "2026-03", "-c", config, "--issue")
    with closing(Store(database_url(folder))) as store:
        execute(store, "UPDATE bill SET document = replace(document, '105.65', '5.65')")
    ran = run("bill", "2026-03", "-c", config)
    assert ran.status == 1
    assert ran.err == "bcm-mqtt: bill 1 is not as it was issued: see bcm-mqtt bill verify\n"
    draft = run("bill", "2026-03", "-c", config, "--draft", "--format", "csv")
    assert (draft.status, draft.err) == (0, "")  # for which no issued bill is read
    assert "105.65" in draft.out


def test_snapshots_of_an_issued_month_may_be_pruned(run: Run, config: Path) -> None:
    command = ("db", "prune", "-c", config, "--older-than", "1", "--dry-run")
    assert "not removed, because no bill was issued" in run(*command).out
    run("bill", "2026-03", "-c", config, "--issue", "--customer", "Customer1")
    assert "not removed, because no bill was issued" in run(*command).out
    run("bill", "2026-03", "-c", config, "--issue")
    assert "kept" not in run(*command).out
