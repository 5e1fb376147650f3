"""What an earlier release or a broker let in moves no cursor: every command is run on it."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click
import pytest

from bcm_mqtt import cli
from bcm_mqtt.access.credentials import hash_of
from bcm_mqtt.cli import main
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Quarantined, Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.cli.conftest import Run
from unit.cli.test_every_command import ALL
from unit.site_files import database_url, write_site

MARCH = Month(2026, 3)
EVIL = "\x1b]0;x\x07A\u202eB\r\nX\x9b2J\u2028Y"
FILE_FORMS = ("html", "pdf", "csv", "xlsx", "json", "greenbutton")
ASKED: dict[str, Sequence[Sequence[str]]] = {
    "bill month": [
        *(["bill", "2026-03", "--format", form] for form in ("table", *FILE_FORMS, *Profile)),
        ["bill", "2026-03", "--draft"],
        ["bill", "2026-03", "--customer", EVIL],
        ["bill", "2026-03", "--revise", "--reason", "a change"],
    ],
    "bill verify": [["bill", "verify"], ["bill", "verify", "--format", "json"]],
    "bill export": [
        ["bill", "export", "2026-03", "--format", "csv"],
        ["bill", "export", "2026-03", "--format", "jsonl"],
    ],
    "bill mail": [["bill", "mail", "2026-03"]],
    "bill bounced": [["bill", "bounced", EVIL]],
    "bill head": [["bill", "head", "2026-03"]],
    "bill check": [["bill", "check", "{bill}"], ["bill", "check", EVIL]],
    "bill key": [["bill", "key"]],
    "bill recover": [["bill", "recover"]],
    "bill rehearse": [["bill", "rehearse"], ["bill", "rehearse", "--format", "json"]],
    "tariff compare": [
        *(["tariff", "compare", "2026-03", "--format", form] for form in ("table", "json", "csv")),
        ["tariff", "compare", "2026-03", "--customer", EVIL, "--tariff", EVIL],
    ],
    "invoice list": [["invoice", "list"], ["invoice", "list", "--format", "json"]],
    "invoice show": [["invoice", "show", EVIL, "--supplier", EVIL], ["invoice", "show", EVIL]],
    "invoice divide": [["invoice", "divide", EVIL, "--rules", "{csv}", "--cap", EVIL]],
    "invoice import": [["invoice", "import", "{csv}", "--by", EVIL, "--reason", EVIL]],
    "prices list": [["prices", "list"], ["prices", "list", "--format", "json"]],
    "prices export": [["prices", "export", EVIL, "2026-03"]],
    "prices import": [["prices", "import", "{csv}", "--by", EVIL, "--series", EVIL]],
    "explain": [
        ["explain", "2026-03", EVIL],
        ["explain", "2026-03", EVIL, "--format", "json"],
        ["explain", "2026-03", EVIL, "--circuit", "rpp-1a:1"],
    ],
    "statement": [
        ["statement", EVIL, "2026-03", "--portfolio", "{portfolio}"],
        ["statement", "all", "2026-03", "--portfolio", "{portfolio}"],
        ["statement", "all", "2026-03", "--portfolio", "{portfolio}", "--format", "html"],
    ],
    "vee list": [["vee", "list"]],
    "vee check": [["vee", "check", "2026-03"], ["vee", "check", "2026-03", "--format", "csv"]],
    "vee release": [["vee", "release", "2026-03", EVIL, "--by", EVIL, "--reason", EVIL]],
    "db info": [["db", "info"], ["db", "info", "--format", "json"]],
    "db quarantine": [["db", "quarantine"], ["db", "quarantine", "--format", "json"]],
    "db revisions": [["db", "revisions"], ["db", "revisions", EVIL]],
    "circuits list": [["circuits", "list"], ["circuits", "list", "--format", "json"]],
    "circuits export": [["circuits", "export"]],
    "circuits apply": [["circuits", "apply"]],
    "circuits assign": [["circuits", "assign", "rpp-1a:1", "--description", EVIL]],
    "circuits import": [["circuits", "import", "{csv}"]],
    "meters list": [["meters", "list"]],
    "meters check": [["meters", "check"]],
    "meters add": [["meters", "add", "rpp-1a", "--serial", EVIL, "--valid-from", "2026-03-01"]],
    "meters exchange": [["meters", "exchange", "rpp-1a", "--serial", EVIL, "--at", "2026-03-01"]],
    "check": [["check"]],
    "commission": [["commission", EVIL], ["commission", "rpp-1a", "--every", EVIL]],
    "alarms": [["alarms"], ["alarms", "--panel", EVIL], ["alarms", "--since", EVIL]],
    "notify": [["notify", EVIL]],
    "recorder forget": [["recorder", "forget", EVIL]],
    "web audit": [["web", "audit"]],
    "web user add": [["web", "user", "add", EVIL, "--role", "admin"]],
    "web user list": [["web", "user", "list"]],
    "web user password": [["web", "user", "password", EVIL]],
    "web user email": [["web", "user", "email", EVIL, EVIL]],
    "web user language": [["web", "user", "language", EVIL, "de"]],
    "web user role": [["web", "user", "role", EVIL, "--role", "viewer"]],
    "web user sites": [["web", "user", "sites", EVIL, "--site", EVIL]],
    "web user remove": [["web", "user", "remove", EVIL]],
    "web token add": [["web", "token", "add", EVIL, "--role", "admin"]],
    "web token list": [["web", "token", "list"]],
    "web token remove": [["web", "token", "remove", EVIL]],
    "archive list": [["archive", "list", "--panel", EVIL]],
}
"""How the commands are called that show texts of a site, or repeat what they are given."""
NO_TEXTS = {
    *("demo", "run", "bridge", "billing"),  # their log: test_printable.py
    *("init", "read", "scan", "simulate", "profiles show"),
    *("db upgrade", "db rollup", "db backup", "db export", "db import", "db prune"),
    *("vee accept", "vee edit", "vee withdraw"),
    *("archive run", "archive verify"),  # names of files are made of ids
}


SHOWN = {
    *("bill month", "bill verify", "bill export", "bill mail", "explain", "vee check"),
    *("db info", "db quarantine", "web audit", "web user list", "web token list"),
}
"""Which show what is stored, and not only what is typed."""


def leaves() -> set[str]:
    found = (path for path, command in ALL.items() if not isinstance(command, click.Group))
    return {" ".join(path) for path in found}


def write_mailing_site(folder: Path) -> Path:
    config = write_site(folder, circuits=None)
    with config.open("a") as file:
        file.write("mail: {host: localhost, sender: bills@site.example}\n")
    return config


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose stored directory has such texts, with its bills issued."""
    folder = tmp_path_factory.mktemp("billed")
    config = write_mailing_site(folder)
    versions = (circuit((1,), f"{EVIL}-A-1"), circuit((2,), f"=1+1{EVIL}-A-1"))
    sent = directory(*versions)
    with closing(Store(database_url(folder))) as store:
        store.database.ensure_schema()
        store.arrivals.add(polled(*MARCH.bounds(NEW_YORK), [10_000, 30_000, 5_000]))
        while store.roll_up.intervals():
            pass
        store.directories.add(sent, encode_directory(sent), NOON)
        store.quarantine.add([Quarantined(f"bcm/{EVIL}/snapshot", b"2", NOON, EVIL)])
        made = AuditEntry(NOON, EVIL, EVIL, EVIL, EVIL, EVIL)
        store.accounts.add_account(Account(EVIL, Role.ADMIN, "$argon2id$", NOON), made)
        store.accounts.add_token(ApiToken(EVIL, Role.ADMIN, hash_of("bcm_x"), NOON), made)
    main(["bill", "2026-03", "-c", str(config), "--issue"])
    return folder


@pytest.fixture
def site(billed: Path, tmp_path: Path) -> Path:
    shutil.copytree(billed, tmp_path / "site")
    return write_mailing_site(tmp_path / "site")


def texts_of(name: str, content: bytes) -> str:
    """What a file shows; the parts of a book of sheets together."""
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            found = "".join(book.read(part).decode() for part in book.namelist())
        return re.sub(r"_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), found)
    return content.decode()


def test_every_command_is_tried_or_shows_no_texts() -> None:
    assert leaves() - {*ASKED, *NO_TEXTS} == set()


def test_commands_print_by_one_module() -> None:
    prints = re.compile(r"click\.(s?echo|echo_via_pager)|\bConsole\(|(?<![.\w])print\(")
    files = Path(cli.__file__).parent.rglob("*.py")
    around = [file.name for file in files if prints.search(file.read_text("utf-8"))]
    assert around == ["output.py"]


@pytest.mark.parametrize("command", ASKED)
def test_no_command_prints_a_control_character(
    run: Run, site: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long pass phrase, twice\n" * 2))
    rows = f'panel,poles,description,rating\nrpp-1a,1,"{EVIL}",20\n'
    (site.parent / "rows.csv").write_text(rows, encoding="utf-8", newline="")
    (site.parent / "bill.json").write_text(json.dumps({"bill": EVIL}))
    (site.parent / "portfolio.yaml").write_text(
        f"sites: {{dc1: {{config: {site}}}}}\naccounts: {{all: {{dc1: A}}}}\n"
    )
    files = {
        "{csv}": str(site.parent / "rows.csv"),
        "{bill}": str(site.parent / "bill.json"),
        "{portfolio}": str(site.parent / "portfolio.yaml"),
    }
    printed = ""
    for words in ASKED[command]:
        if words[-1] in {"pdf", "xlsx"}:
            continue  # no text; as files below
        options = () if words[0] == "statement" else ("-c", site)
        ran = run(*(files.get(word, word) for word in words), *options)
        assert ran.out + ran.err, words
        assert not has_controls(ran.out + ran.err, lines=True), words
        printed += ran.out
    assert command not in SHOWN or re.search(r"\\(x|u00)1b", printed)


@pytest.mark.parametrize("form", [form for form in FILE_FORMS if form != "pdf"])
def test_no_report_has_a_control_character(run: Run, site: Path, form: str) -> None:
    ran = run("bill", "2026-03", "-c", site, "--format", form, "--output", site.parent / "out")
    assert ran.status == 0, ran.err
    written = [file for file in (site.parent / "out").rglob("*") if file.is_file()]
    shown = "".join(texts_of(file.name, file.read_bytes()) for file in written)
    assert "202e" in shown  # the text is there, written out
    assert not has_controls(shown, lines=True)
    assert not any(has_controls(file.name) for file in written)


def test_json_says_the_very_text(run: Run, site: Path) -> None:
    """A program gets what is stored; only how it is written differs."""
    bills = json.loads(run("bill", "2026-03", "-c", site, "--format", "json").out)["bills"]
    assert EVIL in {bill["customer"] for bill in bills}
