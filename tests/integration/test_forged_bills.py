"""Forged bills are found and named: in the database, with its whole chain, and as files."""

import json
import shutil
import sqlite3
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from bcm_mqtt.billing.evidence.keys import make_keys, read_keys
from bcm_mqtt.cli import main
from peers.mail_server import MailBox
from peers.time_stamps import stamp_service
from unit.billing.forging import (
    painted_over,
    rewritten,
    saved_again,
    with_amount,
    with_text,
    written_by_hand,
)
from unit.builders import NOON
from unit.cli.bills.issued_site import issue, write_measured_site

AMOUNT, FORGED = "105.65", "95.65"
DEAR, CHEAP = with_amount(AMOUNT, FORGED), with_amount(FORGED, AMOUNT)


class Office:
    """A site whose bills are issued, and the commands of its office."""

    def __init__(self, folder: Path, config: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = folder / config
        self.database = next(folder.rglob("*.db"))
        self._capsys = capsys

    @property
    def key_file(self) -> Path:
        return next(self.config.parent.rglob("signing-keys.json"))

    def run(self, *command: str, expect: int = 0) -> tuple[str, str]:
        """What a command printed."""
        self._capsys.readouterr()
        status = main([*command, "-c", str(self.config)])
        out, err = self._capsys.readouterr()
        assert status == expect, (out, err)
        return out, err

    def verify(self, *options: str, expect: int = 0) -> dict[str, Any]:
        out, _ = self.run("bill", "verify", "--format", "json", *options, expect=expect)
        verified: dict[str, Any] = json.loads(out)
        return verified

    def faults(self, *options: str) -> dict[int, str]:
        """What `bill verify` names, the last sentence of each bill."""
        faults = self.verify(*options, expect=1)["faults"]
        return {one["bill"]: one["what"] for one in faults}

    def files(self, forms: str) -> dict[str, Path]:
        """The files of Customer1's bill, by suffix."""
        out = self.config.parent / "out"
        self.run(
            "bill", "2026-03", "--customer", "Customer1", "--format", forms, "--output", str(out)
        )
        return {file.suffix[1:]: file for file in (out / "2026-03").iterdir()}

    def check(self, file: Path, *options: str, expect: int = 0) -> tuple[dict[str, Any], str]:
        """The only bill in a file, and what the command said in the end."""
        out, err = self.run("bill", "check", str(file), "--format", "json", *options, expect=expect)
        (checked,) = json.loads(out)
        return checked, err


@pytest.fixture(scope="module")
def issued_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The main file of a site with three bills, of which each test gets a copy."""
    config = write_measured_site(tmp_path_factory.mktemp("issued") / "site")
    issue(config)
    return config


@pytest.fixture
def office(issued_site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    shutil.copytree(issued_site.parent, tmp_path / "site")
    config = tmp_path / "site" / issued_site.name
    text = config.read_text().replace(str(issued_site.parent), str(tmp_path / "site"))
    config.write_text(text)
    return Office(tmp_path / "site", issued_site.name, capsys)


def test_an_amount_that_is_changed_alone_is_named(office: Office) -> None:
    with written_by_hand(office.database) as connection:
        connection.execute(
            "UPDATE bill SET document = replace(document, ?, ?) WHERE number = 2", (AMOUNT, FORGED)
        )
    assert set(office.faults()) == {2}


def copies_fit(office: Office, old: str, new: str) -> None:
    """Changes the copies of an amount next to the document, too."""
    with written_by_hand(office.database) as connection:
        for table in ("bill", "bill_line"):
            connection.execute(
                f"UPDATE {table} SET amount = ? WHERE CAST(amount AS REAL) = ?", (new, float(old))
            )


def test_a_chain_that_is_rewritten_without_the_key_is_named_by_its_signatures(
    office: Office,
) -> None:
    rewritten(office.database, DEAR)
    copies_fit(office, AMOUNT, FORGED)
    faults = office.faults()
    assert faults == dict.fromkeys((1, 2, 3), "its signature is not by the site's key")


def test_signatures_that_are_taken_away_are_missed(office: Office) -> None:
    rewritten(office.database, lambda document: DEAR(document).replace(office_key(office), ""))
    copies_fit(office, AMOUNT, FORGED)
    with written_by_hand(office.database) as connection:
        connection.execute("UPDATE bill SET signature = NULL")
    assert office.faults() == dict.fromkeys((1, 2, 3), "its signature is missing")


def office_key(office: Office) -> str:
    keys = read_keys(office.key_file)
    assert keys
    return keys.signer.public_key


def forge_with_the_key(office: Office) -> None:
    """As the operator could: everything fits, the signatures as well."""
    keys = read_keys(office.key_file)
    assert keys
    rewritten(office.database, DEAR, keys.signer)
    copies_fit(office, AMOUNT, FORGED)


def test_the_operator_who_has_the_key_is_found_by_a_head_that_was_kept(
    office: Office, tmp_path: Path
) -> None:
    head, printed = tmp_path / "head.txt", tmp_path / "verify.txt"
    head.write_text(office.run("bill", "head", "2026-03")[0])
    printed.write_text(office.run("bill", "verify")[0])
    pdf = tmp_path / "kept.pdf"
    shutil.copy(office.files("pdf")["pdf"], pdf)
    assert office.verify("--expect", str(head), "--expect", str(pdf))["faults"] == []
    forge_with_the_key(office)
    assert office.verify()["faults"] == []  # nothing inside contradicts itself
    for kept, number in ((head, 3), (printed, 3), (pdf, 2)):
        (what,) = [text for bill, text in office.faults("--expect", str(kept)).items()]
        assert "a kept head has" in what, kept
        assert set(office.faults("--expect", str(kept))) == {number}
    checked, _ = office.check(pdf, expect=1)
    assert checked["verdict"] == "differs"
    assert any(f"“{AMOUNT}”" in one and FORGED in one for one in checked["differences"])


def test_a_forger_with_a_key_of_his_own_is_named(office: Office, tmp_path: Path) -> None:
    rewritten(office.database, DEAR, make_keys(tmp_path / "own.json", 1, NOON).signer)
    copies_fit(office, AMOUNT, FORGED)
    assert set(office.faults()) == {1, 2, 3}


def test_bills_that_are_cut_off_are_missed_by_a_kept_head(office: Office, tmp_path: Path) -> None:
    head = tmp_path / "head.txt"
    head.write_text(office.run("bill", "head", "2026-03")[0])
    with written_by_hand(office.database) as connection:
        for table in ("bill_file", "bill_line", "bill_determinant"):
            connection.execute(f"DELETE FROM {table} WHERE bill = 3")
        connection.execute("DELETE FROM bill WHERE number = 3")
        last = connection.execute("SELECT number, sha256 FROM bill WHERE number = 2").fetchone()
        connection.execute(
            "UPDATE setting SET value = ? WHERE name = 'last_bill'", (f"2 {last[1]}",)
        )
    assert office.verify()["faults"] == []
    assert office.faults("--expect", str(head)) == {3: "is missing: a kept head has it"}


def test_without_the_file_of_the_keys_signatures_are_not_taken_for_good(office: Office) -> None:
    key = office_key(office)
    office.key_file.unlink()
    assert all("cannot be checked" in what for what in office.faults().values())
    assert office.verify("--public-key", key)["signed"] == 3
    assert set(office.faults("--public-key", f"{'A' * 43}=")) == {1, 2, 3}


def test_every_file_that_is_handed_out_is_known_also_under_another_name(
    office: Office, tmp_path: Path
) -> None:
    for form, file in office.files("all").items():
        renamed = tmp_path / f"other-name-{form}"
        shutil.copy(file, renamed)
        checked, _ = office.check(renamed)
        assert (checked["verdict"], checked["bill"]) == ("issued", 2), form


def test_a_file_of_which_nothing_is_noted_is_compared_with_the_stored_bill(office: Office) -> None:
    files = office.files("all")
    with written_by_hand(office.database) as connection:
        connection.execute("DELETE FROM bill_file")
    for form, file in files.items():
        options = () if form in {"pdf", "html", "json", "csv"} else ("--bill", "2")
        assert office.check(file, *options)[0]["verdict"] == "issued", form


def test_a_note_that_a_forger_adds_is_not_believed(office: Office, tmp_path: Path) -> None:
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(
        saved_again(office.files("pdf")["pdf"].read_bytes(), with_text(AMOUNT, FORGED))
    )
    with written_by_hand(office.database) as connection:
        connection.execute(
            "UPDATE bill_file SET sha256 = ?", (sha256(forged.read_bytes()).hexdigest(),)
        )
    assert office.check(forged, expect=1)[0]["verdict"] == "differs"


@pytest.mark.parametrize(
    ("change", "verdict", "where"),
    [
        (None, "same", ""),
        (with_text(AMOUNT, FORGED), "differs", f"issued was “{AMOUNT}”"),
        (painted_over, "differs", "page 1 looks different"),
    ],
    ids=["saved again", "digits changed", "painted over"],
)
def test_a_pdf_is_compared_by_what_it_shows(
    office: Office,
    tmp_path: Path,
    change: Callable[[pypdfium2.PdfDocument], None] | None,
    verdict: str,
    where: str,
) -> None:
    pdf = tmp_path / "bill.pdf"
    pdf.write_bytes(saved_again(office.files("pdf")["pdf"].read_bytes(), change))
    checked, said = office.check(pdf, expect=0 if verdict == "same" else 1)
    assert (checked["verdict"], checked["bill"]) == (verdict, 2)
    assert any(where in one for one in checked["differences"]) or not where
    assert said == (
        "" if verdict == "same" else f"bcm-mqtt: {pdf}: is not bill 2 as it was issued\n"
    )


def test_what_is_attached_to_a_pdf_is_not_believed(office: Office, tmp_path: Path) -> None:
    """The true bill as JSON within a PDF whose pages say something else."""
    files = office.files("pdf,json")
    true = files["json"].read_bytes()

    def change(document: pypdfium2.PdfDocument) -> None:
        with_text(AMOUNT, FORGED)(document)
        document.new_attachment("bill.json").set_data(true)

    pdf = tmp_path / "bill.pdf"
    pdf.write_bytes(saved_again(files["pdf"].read_bytes(), change))
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        attached = document.get_attachment(document.count_attachments() - 1)
        assert bytes(attached.get_data()) == true
    checked, _ = office.check(pdf, expect=1)
    assert checked["verdict"] == "differs"


@pytest.mark.parametrize("form", ["html", "json", "csv"])
def test_changed_digits_of_other_formats_are_named(
    office: Office, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"bill.{form}"
    file.write_text(office.files(form)[form].read_text().replace(AMOUNT, FORGED))
    checked, _ = office.check(file, expect=1)
    assert checked["verdict"] == "differs"
    assert any(FORGED in one and AMOUNT in one for one in checked["differences"])


def test_a_bill_that_is_forged_in_the_database_proves_no_file(office: Office) -> None:
    pdf = office.files("pdf")["pdf"]
    rewritten(office.database, DEAR)
    checked, said = office.check(pdf, expect=1)
    assert checked["verdict"] == "faulty"
    assert "its signature is not by the site's key" in checked["what"]
    assert "cannot be relied on" in said


def test_files_of_no_bill_are_unknown(office: Office, tmp_path: Path) -> None:
    for name, content in (
        ("empty", b""),
        ("text", b"Bill number 2"),
        ("broken.pdf", b"%PDF-1.7 nothing"),
        ("other.json", b"{}"),
        ("other.html", b"<!doctype html>Bill number 99"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        assert office.check(file, expect=1)[0]["verdict"] == "unknown", name


def test_the_key_lies_beside_the_database_for_its_owner_alone(office: Office) -> None:
    assert office.key_file.stat().st_mode & 0o777 == 0o600
    private = json.loads(office.key_file.read_text())["keys"][-1]["private_key"]
    with closing(sqlite3.connect(office.database)) as connection:
        dump = "\n".join(connection.iterdump())
    assert private not in dump
    assert b64decode(private) not in office.database.read_bytes()


def test_a_time_stamp_finds_what_the_operator_rewrites(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "stamps"
    folder.mkdir()
    with stamp_service(folder) as service:
        text = office.config.read_text()
        stamps = f"time_stamps: {{url: {service.url}, ca: {service.ca}}}"
        office.config.write_text(text.replace("standard}", f"standard, {stamps}}}"))
        for _ in range(2):  # it is stamped once
            assert office.run("bill", "head", "2026-03")[1] == ""
    verified = office.verify()
    assert verified["faults"] == []
    assert list(verified["time_stamps"]) == ["3"]
    forge_with_the_key(office)
    (what,) = office.faults().values()
    assert what == "is not as it was when it was stamped: Mismatch between messages"
    with written_by_hand(office.database) as connection:
        connection.execute("UPDATE bill_time_stamp SET token = substr(token, 1, 100)")
    assert set(office.faults()) == {3}
    _, err = office.run("bill", "head", "2026-03")
    assert err == ""
    with written_by_hand(office.database) as connection:
        connection.execute("DELETE FROM bill_time_stamp")
    _, err = office.run("bill", "head", "2026-03")
    assert "no time stamp: [Errno 111] Connection refused" in err
    assert "bcm-mqtt bill head 2026-03 requests it again" in err


def test_a_mail_that_a_customer_has_kept_finds_what_the_operator_rewrites(
    office: Office, tmp_path: Path
) -> None:
    with MailBox() as box:
        mail = f"host: 127.0.0.1, port: {box.port}, security: none, sender: billing@dc1.example"
        office.config.write_text(f"{office.config.read_text()}mail: {{{mail}}}\n")
        office.run("bill", "mail", "2026-03", "--customer", "Customer1", "--send")
    _, message = box.taken[0]
    kept = tmp_path / "bill.eml"
    kept.write_bytes(message.as_bytes())
    attached = tmp_path / "attached.pdf"
    (item,) = message.iter_attachments()
    attached.write_bytes(item.get_content())
    assert office.verify("--expect", str(kept))["faults"] == []
    assert office.check(attached)[0]["verdict"] == "issued"
    forge_with_the_key(office)
    assert set(office.faults("--expect", str(kept))) == {3}
    assert office.check(attached, expect=1)[0]["verdict"] == "differs"
