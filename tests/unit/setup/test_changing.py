"""Changes of a configuration: tried by the loader, written, undone; comments and order stay."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.setup.changing import SECTIONS, Configuration, Proposal, Wish
from bcm_mqtt.setup.changing.records import MOST
from unit.config.site_files import only
from unit.site_files import write_site

PROFILES = Path(__file__).parents[3] / "bcm_mqtt" / "profiles"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Site:
    """A site's files, and somebody who changes them."""

    def __init__(self, folder: Path) -> None:
        self.main = write_site(folder)
        self.now = NOON
        self.configuration = Configuration(self.main, lambda: self.now, {})

    def wish(self, section: str, entry: str = "", **more: object) -> Wish:
        shown = self.configuration.shown(SECTIONS[section])
        return Wish(SECTIONS[section], entry, shown.versions, **more)  # type: ignore[arg-type]

    def proposed(self, section: str, entry: str = "", **more: object) -> Proposal:
        return self.configuration.proposed(self.wish(section, entry, **more))

    def saved(self, section: str, entry: str = "", **more: object) -> None:
        self.now += timedelta(seconds=1)
        self.configuration.save(self.proposed(section, entry, **more), "ann")

    def refused(self, section: str, entry: str = "", **more: object) -> dict[str, str]:
        with pytest.raises(InputError) as refused:
            self.proposed(section, entry, **more)
        return {one.key: one.message for one in refused.value.problems}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def signs(proposal: Proposal) -> list[str]:
    return [f"{line.file}:{line.number}{line.sign}{line.text}" for line in proposal.lines]


def test_a_text_of_very_many_lines_is_refused_before_it_is_parsed(site: Site) -> None:
    text = "# a\n" * 10_000
    found = site.refused("tariffs", "standard", text=text)
    assert found == {"standard: text": "expected at most 1000 lines"}


def test_a_field_changes_and_the_rest_of_the_file_stays(site: Site) -> None:
    text = site.main.read_text().replace("port: 502}", "port: 502}   # on the roof")
    site.main.write_text(f"# Ours since 2019.\n{text}")
    site.main.chmod(0o640)

    proposal = site.proposed("gateways", "babel-1", fields={"timeout": "1s", "port": "502"})

    was = "  babel-1: {host: 127.0.0.1, port: 502}   # on the roof"
    becomes = "  babel-1: {host: 127.0.0.1, port: 502, timeout: 1s}   # on the roof"
    assert signs(proposal) == [f"bcm.yaml:7-{was}", f"bcm.yaml:7+{becomes}"]
    assert "timeout" not in site.main.read_text()  # nothing is written yet
    site.configuration.save(proposal, "ann")
    assert site.main.read_text() == f"# Ours since 2019.\n{text}".replace(was, becomes)
    assert site.main.stat().st_mode & 0o777 == 0o640
    assert load(site.main).gateways["babel-1"].timeout == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("section", "entry", "fields", "wrong"),
    [
        ("gateways", "babel-1", {"host": "http://10.0.0.1"}, "babel-1: host"),
        ("gateways", "babel-1", {"port": "many"}, "babel-1: port"),
        ("gateways", "babel-1", {"serial": "/dev/ttyUSB0"}, "babel-1: serial"),
        ("panels", "rpp-1a", {"gateway": "babel-9"}, "rpp-1a: gateway"),
        ("panels", "rpp-1b", {"first_unit_id": "8"}, "rpp-1b: unit_ids"),
        ("panels", "rpp-1b", {"unmonitored": "9-3"}, "rpp-1b: unmonitored"),
        ("alarms", "", {"critical": "70"}, "alarms: critical"),
        ("alarms-customers", "Customer1", {"warning": "400"}, "Customer1: warning"),
        ("customers", "Customer1", {"tariff": "night"}, "Customer1: tariff"),
        ("customers", "Customer1", {"email": "nobody"}, "Customer1: email"),
        ("billing", "", {"default_tariff": "night"}, "billing: default_tariff"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    site: Site, section: str, entry: str, fields: dict[str, str], wrong: str
) -> None:
    before = site.main.read_text()
    is_new = section == "alarms-customers"

    problems = site.refused(section, entry, fields=fields, is_new=is_new)

    assert wrong in problems, problems
    assert site.main.read_text() == before


def test_an_entry_as_text_is_refused_with_its_line(site: Site) -> None:
    text = "versions:\n  - {valid_from: 2026-01-01, energy: 0,12}\n"
    assert "line 2" in site.refused("tariffs", "standard", text=text)["standard: text"]
    assert "line 1" in site.refused("tariffs", "standard", text="versions: [")["standard: text"]

    site.saved("tariffs", "standard", text=text.replace("0,12", "11.50"))

    assert "energy: 11.50" in (site.main.parent / "tariffs.yaml").read_text()


LAUGHS = "a: &a [1, 1]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 30)}]\n" for a, b in pairwise("abcdefgh")
)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LAUGHS, "is an alias"),
        ("[" * 5000, "within each other"),
        ("- " * 5000, "within each"),
        (f"a: [{'1,' * 20_000}]", "at most 5000 values"),
    ],
    ids=["laughs", "brackets", "lists", "values"],
)
def test_a_text_that_would_take_long_is_refused_at_once(site: Site, text: str, why: str) -> None:
    assert why in site.refused("tariffs", "new", is_new=True, text=text)["new: text"]


@pytest.mark.timeout(20)
def test_brackets_in_a_field_are_its_text(site: Site) -> None:
    refused = site.refused("panels", "rpp-1a", fields={"name": "[" * 5000})
    assert "expected at most 200" in refused["rpp-1a: name"]


def test_a_page_shows_no_secret_that_its_reader_has_named(site: Site) -> None:
    (site.main.parent / "secrets.yaml").write_text("broker: hunter2\n")

    problems = site.refused("customers", "Customer1", text="name: !secret broker")

    assert "by hand" in problems["Customer1: text"]
    assert (
        "by hand" in site.refused("customers", "x", text="!include b.yaml", is_new=True)["x: text"]
    )


def test_a_change_opens_no_other_file_of_the_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port = {"host": "", "port": "", "serial": "/dev/mem"}
    assert "there are" in site.refused("gateways", "babel-1", fields=port)["babel-1: serial"]
    text = "{serial: /dev/mem}"
    assert "there are" in site.refused("gateways", "babel-1", text=text)["babel-1: text"]
    listed = "bcm_mqtt.setup.changing.proposals.serial_ports"
    monkeypatch.setattr(listed, lambda: ["/dev/ttyUSB0"])
    site.saved("gateways", "babel-1", fields={**port, "serial": "/dev/ttyUSB0"})
    elsewhere = tmp_path / "elsewhere" / "meter.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text((PROFILES / "bg08.yaml").read_text())
    for name in (str(elsewhere), "elsewhere/meter.yaml"):
        problems = site.refused("panels", "rpp-1a", fields={"profile": name})
        assert "beside" in problems["rpp-1a: profile"]
    elsewhere.write_text("password: hunter2")  # which a complaint would show
    problems = site.refused("panels", "rpp-1a", text=f"{{gateway: babel-1, profile: {elsewhere}}}")
    assert problems.keys() == {"rpp-1a: text"}
    assert "hunter2" not in str(problems)


def test_a_single_part_stays_and_of_billing_only_fields_change(site: Site) -> None:
    before = site.main.read_text()
    for section in ("alarms", "billing"):
        assert "stays" in "".join(site.refused(section, removes=True).values())
    text = "default_tariff: standard\nsigning_key: ../other.json\n"
    assert "no text" in "".join(site.refused("billing", text=text).values())
    assert site.main.read_text() == before


def test_entries_are_added_and_removed(site: Site) -> None:
    new = {"host": "10.0.0.9", "port": "1502"}
    site.saved("gateways", "roof", fields=new, is_new=True)
    panel = {"gateway": "roof", "unit_ids": "1-8", "name": "Roof", "service": "230/400"}
    site.saved("panels", "roof-1", fields=panel, is_new=True)
    settings = load(site.main)
    assert only(settings.panels["roof-1"]).unit_ids == tuple(range(1, 9))
    assert "is there" in site.refused("gateways", "roof", fields=new, is_new=True)["roof: id"]
    assert "roof: id" not in site.refused("gateways", "roof", removes=True)  # a panel needs it
    site.saved("panels", "roof-1", removes=True)
    site.saved("gateways", "roof", removes=True)
    assert load(site.main).gateways.keys() == {"babel-1"}


def test_the_first_customer_makes_the_file(site: Site) -> None:
    file = site.main.parent / "customers.yaml"
    file.unlink()
    site.main.write_text(site.main.read_text().replace("customers: customers.yaml\n", ""))
    before = site.main.read_text()

    site.saved("customers", "Acme", fields={"address": "1 Main St\nNew York"}, is_new=True)

    assert load(site.main).terms.customers["Acme"].address == ("1 Main St", "New York")
    assert file.stat().st_mode == site.main.stat().st_mode
    (change, can_undo), *_ = site.configuration.past()
    assert (change.what, change.by, can_undo) == ("customers Acme", "ann", True)
    site.configuration.save(site.configuration.undoing(change.id), "ann")
    assert (site.main.read_text(), file.exists()) == (before, False)


def test_a_file_that_was_changed_by_hand_is_not_overwritten(site: Site) -> None:
    wish = site.wish("gateways", "babel-1", fields={"timeout": "1s"})
    proposal = site.configuration.proposed(wish)
    by_hand = site.main.read_text() + "# by hand\n"
    site.main.write_text(by_hand)

    with pytest.raises(InputError, match=r"bcm\.yaml: was changed since the page was opened"):
        site.configuration.proposed(wish)
    with pytest.raises(InputError, match=r"bcm\.yaml: was changed meanwhile"):
        site.configuration.save(proposal, "ann")

    assert site.main.read_text() == by_hand
    assert site.configuration.past() == []


def test_what_no_form_has_is_named_and_what_others_have_is_not(site: Site) -> None:
    text = site.main.read_text().replace("first_unit_id: 9", "first_unit_id: 9, addressing: wire")
    site.main.write_text(
        f"{text}alarms: {{warning: 75, customers: {{Customer1: {{warning: 70}}}}}}\n"
    )
    [limits] = site.configuration.shown(SECTIONS["alarms"]).entries
    panels = {one.id: one for one in site.configuration.shown(SECTIONS["panels"]).entries}
    assert (limits.values, limits.others) == ({"warning": "75"}, ())
    assert panels["rpp-1b"].others == ("addressing",)
    assert panels["rpp-1b"].fixed == ()


def test_changes_are_undone_from_the_last_one_on(site: Site) -> None:
    first = site.main.read_text()
    site.saved("alarms", fields={"warning": "75"})
    second = site.main.read_text()
    site.saved("alarms", fields={"warning": "70"})
    (last, can_last), (earlier, can_earlier) = site.configuration.past()
    assert (can_last, can_earlier) == (True, False)
    with pytest.raises(InputError, match="changed since"):
        site.configuration.undoing(earlier.id)
    undo = site.configuration.undoing(last.id)
    assert [line.text.strip() for line in undo.lines] == [
        "alarms: {warning: 70}",
        "alarms: {warning: 75}",
    ]

    site.configuration.save(undo, "bob")

    assert site.main.read_text() == second
    site.configuration.save(site.configuration.undoing(earlier.id), "bob")
    assert site.main.read_text() == first
    folder = site.main.parent / "changes"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    (folder / "zz.json").write_text("{")  # a damaged one is passed over
    assert len(site.configuration.past()) == 4


def test_the_oldest_records_go(site: Site) -> None:
    site.saved("alarms", fields={"warning": "75"})
    folder = site.main.parent / "changes"
    [one] = folder.iterdir()
    for number in range(MOST):
        (folder / f"2000{number:03}.json").write_bytes(one.read_bytes())

    site.saved("alarms", fields={"warning": "70"})

    assert len(list(folder.iterdir())) == MOST
    assert json.loads(max(folder.iterdir()).read_bytes())["what"] == "alarms"


def test_what_cannot_be_written_leaves_everything_as_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.main.read_text()
    proposal = site.proposed("alarms", fields={"warning": "75"})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkError, match="No space left"):
        site.configuration.save(proposal, "ann")

    assert (site.main.read_text(), site.configuration.past()) == (before, [])


def test_an_included_file_is_changed_where_it_stands(site: Site) -> None:
    text = site.main.read_text()
    roof = site.main.parent / "roof.yaml"
    roof.write_text("host: 10.0.0.8   # roof\n")
    main = text.replace("gateways:\n", "gateways:\n  roof: !include roof.yaml\n")
    site.main.write_text(main)

    site.saved("gateways", "roof", fields={"host": "10.0.0.9"})

    assert (site.main.read_text(), roof.read_text()) == (main, "host: 10.0.0.9   # roof\n")
    site.saved("gateways", "roof", removes=True)
    assert site.main.read_text() == text


def test_the_export_is_accepted_and_has_no_secret(site: Site, tmp_path: Path) -> None:
    text = site.main.read_text().replace("port: 1883", "port: 1883, username: a, password: hunter2")
    more = (
        "gateways:\n  pdu-1: {snmp: {host: 10.0.0.9, community: hunter5}}\n"
        "  plugs: {mqtt: {host: 10.0.0.5, username: a, password: hunter6}}\n  here: {mqtt: site}\n"
    )
    assert "gateways:\n" in text
    text = text.replace("gateways:\n", more)
    site.main.write_text(
        f"{text}mail: {{host: mx, sender: a@b.example, username: !secret me, password: hunter3}}\n"
    )
    (site.main.parent / "secrets.yaml").write_text("me: hunter4\n")

    with zipfile.ZipFile(io.BytesIO(site.configuration.exported())) as archive:
        archive.extractall(tmp_path / "out")
        texts = {name: archive.read(name).decode() for name in archive.namelist()}

    assert "hunter" not in "".join(texts.values())
    names = [line.partition(":")[0] for line in texts["secrets.yaml"].splitlines()]
    assert names == [
        *("gateways_pdu_1_snmp_community", "gateways_plugs_mqtt_password"),
        *("gateways_plugs_mqtt_username", "mail_password", "me", "mqtt_password", "mqtt_username"),
    ]
    assert {"bcm.yaml", "circuits.csv", "tariffs.yaml", "customers.yaml", "README.txt"} <= set(
        texts
    )
    secrets = texts["secrets.yaml"].replace('""', "x")
    (tmp_path / "out" / "secrets.yaml").write_text(secrets)
    assert load(tmp_path / "out" / "bcm.yaml").panels.keys() == load(site.main).panels.keys()
