"""`bill` against a database that was seeded as the recorder would have."""

import csv
import io
import json
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from bcm_mqtt.billing.reports.formats import FORMATS
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

MARCH = Month(2026, 3)
POLES = 5
STRANGE = {
    "../../etc/passwd-1": "etc_passwd-3754d6cb.html",
    "summary-1": "customer-761b7ad8.html",
    "A B-1": "A_B-fea4c5ce.html",
    "A_B-1": "A_B-6c1908f9.html",
    "a_b-1": "a_b-648fa9b3.html",
    "c_d-1": "c_d.html",
    "c/d-1": "c_d-e5fb6071.html",
    "c\\d-1": "c_d-22dfa27d.html",
    "/root-1": "root-94a6b447.html",
    "..-1": "customer-5ec1f7e7.html",
    "Zürich-1": "Zürich.html",
    "東京-1": "東京.html",
    "con-1": "customer-1143da2b.html",
    "NUL.x-1": "customer-047811b8.html",
    "[/x]-1": "x-58102fa1.html",
    ":smile:-1": "smile-2fd64fd0.html",
    f"{'x' * 300}-1": f"{'x' * 50}-0d4e2ca9.html",
    f"{'x' * 300}y-1": f"{'x' * 50}-bb6bf88a.html",
}
"""Descriptions of circuits, and the file that their customer's bill must be."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site whose first poles carried 10 A through March."""
    folder = tmp_path_factory.mktemp("seeded")
    write_site(folder, circuits=None)
    store = Store(database_url(folder))
    store.database.ensure_schema()
    store.arrivals.add(polled(*MARCH.bounds(NEW_YORK), [10_000] * POLES, poll_ms=3_600_000))
    while store.roll_up.intervals():
        pass
    put(store, circuit((1,)), circuit((3, 5), "Customer2-A-1"), circuit((2,), ""))
    store.close()
    return folder


def put(store: Store, *versions: CircuitVersion) -> None:
    item = directory(*versions)
    store.directories.add(item, encode_directory(item), NOON)


@pytest.fixture
def strange(seeded: Path, tmp_path: Path) -> Path:
    """The configuration of a site whose customers have the strangest ids."""
    folder = tmp_path / "strange"
    shutil.copytree(seeded, folder)
    store = Store(database_url(folder))
    put(store, *(circuit((pole,), text) for pole, text in enumerate(STRANGE, start=1)))
    store.close()
    return write_site(folder, circuits=None)


def test_the_table_shows_every_customer_the_unallocated_and_the_site(
    run: Run, seeded: Path
) -> None:
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml")
    assert (ran.status, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "Data Center 1, 2026-03 (743 hours, America/New_York)"
    rows = [line.strip("│ ") for line in lines if line.startswith("│")]
    assert rows == [
        "Customer1 │ 1 │ 891.600 │ 105.65 USD │ 743.00 │ 0.00 │ 0.00 │ 100.00 % │ draft",
        "Customer2 │ 1 │ 1,545.440 │ 183.13 USD │ 743.00 │ 0.00 │ 0.00 │ 100.00 % │ draft",
        "unallocated │ 2 │ 1,783.200 │ │ 1,486.00 │ 0.00 │ 0.00 │ 100.00 %",
        "site │ │ 4,220.240",
    ]
    assert " ".join(lines).endswith("Missing time is not billed.")


def test_json_goes_to_standard_output(run: Run, seeded: Path) -> None:
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    bills = json.loads(ran.out)["bills"]
    assert [(bill["customer"], bill["kwh"], bill["amount"]) for bill in bills] == [
        ("Customer1", 891.6, 105.65),
        ("Customer2", 1545.44, 183.13),
    ]
    assert bills[0]["name"] == "Customer One, Inc."


def test_csv_goes_to_standard_output_without_an_empty_row(run: Run, seeded: Path) -> None:
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", "--format", "csv")
    assert (ran.status, ran.err) == (0, "")
    rows = list(csv.reader(io.StringIO(ran.out)))
    assert all(rows)
    assert [row[2] for row in rows[1:5]] == ["circuit", "line", "circuit", "line"]


def test_all_formats_at_once_go_to_a_folder_of_the_month(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    config, bills = seeded / "bcm.yaml", tmp_path / "new" / "bills"
    ran = run("bill", "2026-03", "-c", config, "--format", "table,html,csv,json", "--output", bills)
    assert (ran.status, ran.err) == (0, "")
    names = ["Customer1.html", "Customer2.html", "summary.html", "bills.csv", "bills.json"]
    written = [line for line in ran.out.splitlines() if line.startswith(str(bills))]
    assert written == [str(bills / "2026-03" / name) for name in names]
    assert {path.name for path in (bills / "2026-03").iterdir()} == set(names)
    assert "891.600" in (bills / "2026-03" / "Customer1.html").read_text()
    for form in ("csv", "json"):
        alone = run("bill", "2026-03", "-c", config, "--format", form)
        assert (bills / "2026-03" / f"bills.{form}").read_text() == alone.out


def test_a_bill_that_is_made_again_takes_the_place_of_its_file(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    command = (
        "bill",
        "2026-03",
        "-c",
        seeded / "bcm.yaml",
        "--format",
        "csv",
        "--output",
        tmp_path,
    )
    first, second = run(*command), run(*command)
    assert first == second
    assert [path.name for path in (tmp_path / "2026-03").iterdir()] == ["bills.csv"]


def test_one_customers_bill_has_no_other_and_no_summary(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    options = ("-c", seeded / "bcm.yaml", "--customer", "Customer2")
    found = json.loads(run("bill", "2026-03", *options, "--format", "json").out)
    assert [bill["customer"] for bill in found["bills"]] == ["Customer2"]
    assert found["unallocated"]["circuits"] == []
    ran = run("bill", "2026-03", *options, "--format", "html", "--output", tmp_path)
    assert ran.out.splitlines() == [str(tmp_path / "2026-03" / "Customer2.html")]


def test_a_customer_that_is_not_there_is_told_with_those_that_are(run: Run, seeded: Path) -> None:
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", "--customer", "customer1")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "customer 'customer1' has no circuit in 2026-03: expected one of Customer1, Customer2\n"
    )


@pytest.mark.parametrize("options", [[], ["--draft"], ["--format", "json"], ["--issue"]])
def test_a_month_that_has_not_begun_is_wrong_input(
    run: Run, seeded: Path, options: list[str]
) -> None:
    ran = run("bill", "2199-01", "-c", seeded / "bcm.yaml", *options)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("2199-01 has not ")
    assert len(ran.err.splitlines()) == 1


def test_a_month_without_a_rate_is_wrong_input(run: Run, seeded: Path) -> None:
    ran = run("bill", "2025-12", "-c", seeded / "bcm.yaml")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "tariffs: tariff standard has no rate from 2025-12-01 00:00 on\n"


def test_snapshots_that_the_recorder_has_not_rolled_up_are_billed(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "late"
    shutil.copytree(seeded, folder)
    config = write_site(folder, circuits=None)
    store = Store(database_url(folder))
    store.arrivals.add(polled(*Month(2026, 4).bounds(NEW_YORK), [10_000], poll_ms=3_600_000)[:10])
    store.close()
    found = json.loads(run("bill", "2026-04", "-c", config, "--format", "json").out)
    # 10 hours, the half hour for which the last reading stands, and that of March's last one.
    assert found["bills"][0]["measured_hours"] == pytest.approx(10.5)


def test_no_customers_id_leads_out_of_the_folder_or_onto_anothers_file(
    run: Run, strange: Path, tmp_path: Path
) -> None:
    out = tmp_path / "deep" / "bills"
    ran = run("bill", "2026-03", "-c", strange, "--format", "html", "--output", out)
    assert (ran.status, ran.err) == (0, "")
    folder = out / "2026-03"
    names = {path.name for path in folder.iterdir()}
    assert names == {*STRANGE.values(), "summary.html"}
    assert len({name.lower() for name in names}) == len(STRANGE) + 1
    everything = {path for path in (tmp_path / "deep").rglob("*") if path.is_file()}
    assert {path.parent for path in everything} == {folder}
    for path in everything:
        assert str(path) in ran.out


def test_each_of_the_strange_files_is_its_own_customers_bill(
    run: Run, strange: Path, tmp_path: Path
) -> None:
    run("bill", "2026-03", "-c", strange, "--format", "html", "--output", tmp_path / "bills")
    for description, name in STRANGE.items():
        page = (tmp_path / "bills" / "2026-03" / name).read_text(encoding="utf-8")
        assert page.count(f">{description}<") == 1, name


def test_the_table_shows_strange_ids_as_they_are(run: Run, strange: Path) -> None:
    ran = run("bill", "2026-03", "-c", strange)
    assert (ran.status, ran.err) == (0, "")
    for shown in ("[/x]", ":smile:", "../../etc/passwd", "Zürich"):
        assert f" {shown} " in ran.out


def test_one_command_makes_the_whole_month_and_a_zip_of_it(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    options = ("--format", "all", "--zip", "--output", tmp_path)
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", *options)
    assert (ran.status, ran.err) == (0, "")
    *files, packed = (Path(line) for line in ran.out.splitlines())
    assert {path.suffix.removeprefix(".") for path in files} == {
        form.replace("greenbutton", "xml") for form in FORMATS if form not in set(Profile)
    }
    assert packed == tmp_path / "2026-03.zip"
    with ZipFile(packed) as archive:
        assert archive.namelist() == [f"2026-03/{path.name}" for path in files]
    assert b"891.600" in (tmp_path / "2026-03" / "Customer1.html").read_bytes()
    assert (tmp_path / "2026-03" / "Customer1.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "pdf"), "--format pdf: needs --output DIR"),
        (("--format", "table,csv"), "--format table,csv: needs --output DIR"),
        (("--format", "all"), "--format all: needs --output DIR"),
        (("--zip",), "--zip: needs --output DIR and a --format of files"),
        (("--zip", "--output", "bills"), "--zip: needs --output DIR and a --format of files"),
        (
            ("--format", "doc"),
            f"--format 'doc': expected one of table, {', '.join(FORMATS)}, all",
        ),
    ],
)
def test_what_cannot_go_to_standard_output_is_wrong_input(
    run: Run, seeded: Path, options: tuple[str, ...], message: str
) -> None:
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", *options)
    assert (ran.status, ran.out, ran.err) == (2, "", f"{message}\n")


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    (tmp_path / "2026-03").write_text("in the way")
    options = ("--format", "pdf", "--output", tmp_path)
    ran = run("bill", "2026-03", "-c", seeded / "bcm.yaml", *options)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"bcm-mqtt: {tmp_path}/2026-03: cannot be written: File exists\n"


def test_bills_carry_the_address_tax_id_and_footer_of_the_site(
    run: Run, seeded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(seeded, folder)
    config = write_site(folder, circuits=None)
    said = config.read_text()
    said = said.replace("site: {", "site: {address: [12 Harbor Road], tax_id: T-12, ", 1)
    said = said.replace("billing: {", "billing: {footer: Payable by bill number., ", 1)
    config.write_text(said)
    ran = run("bill", "2026-03", "-c", config, "--format", "html", "--output", tmp_path / "out")
    assert (ran.status, ran.err) == (0, "")
    page = (tmp_path / "out" / "2026-03" / "Customer1.html").read_text()
    for text in ("12 Harbor Road", "Tax id T-12", "Payable by bill number."):
        assert text in page
