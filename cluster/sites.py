"""Three sites and one office: bills of all, the office and a site away, both restored from backups.

Real servers and commands; what month it is is said to them, so that a day takes no time.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.mqtt.payloads import encode_snapshot
from cluster.office import MOVED, PLACES, POLES, QUARTER, Office, Ran, polls
from peers.process import wait_until

MARCH, APRIL, MAY = Month(2026, 3), Month(2026, 4), Month(2026, 5)
FIRST_DAY = datetime(2026, 4, 1, 12, tzinfo=UTC)
BACKUP_DAY = datetime(2026, 4, 28, 2, tzinfo=UTC)
LAST_DAY = datetime(2026, 5, 1, 12, tzinfo=UTC)
NEXT_DAY = LAST_DAY + timedelta(days=1)
_MS_A_QUARTER = 900_000


def run() -> int:
    """Prints a table of what was done and what came of it; an AssertionError where it is wrong."""
    print("| what happens | what came of it |\n|---|---|")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, Office(Path(folder)) as office:
        _done(office.run("db", "upgrade", at=FIRST_DAY))
        office.measure(datetime(2026, 2, 28, tzinfo=UTC), FIRST_DAY)
        _site_away(office)
        _conserved(office)
        office.measure(FIRST_DAY, BACKUP_DAY)
        backup, dump = office.folder / "dc1.backup", office.folder / "home.dump"
        assert office.run("db", "backup", backup, at=BACKUP_DAY, site="dc1").status == 0
        office.dump(dump)
        office.measure(BACKUP_DAY, LAST_DAY)
        _office_away(office)
        _office_restored(office, dump)
        _site_restored(office, backup)
        _both_restored(office, dump, backup)
    return 0


def _say(what: str, came: str) -> None:
    print(f"| {what} | {came} |", flush=True)


def _done(ran: Ran) -> Ran:
    """What was done, without a complaint."""
    assert ran.status == 0, ran.out + ran.err
    return ran


def _numbers(ran: Ran) -> list[str]:
    """Of the bills that a command has issued."""
    lines = [line for line in ran.err.splitlines() if line.startswith("bill ")]
    return [line.split(":")[0].removeprefix("bill ") for line in lines]


def _whole(office: Office, at: datetime) -> int:
    """Checks that all is as it was issued; how many bills there are."""
    ran = office.run("bill", "verify", "--format", "json", at=at)
    assert ran.status == 0, ran.err
    ends = {one["last"]["seller"]: one["last"]["bill"] for one in json.loads(ran.out)}
    return sum(ends.values())


def _site_away(office: Office) -> None:
    """The database of dc2 stops; the others are billed, and dc2 later, alone."""
    office.of_dc2.stop()
    ran = office.run("bill", MARCH, "--issue", at=FIRST_DAY)
    lines = [line for line in ran.err.splitlines() if line.startswith("site ")]
    assert (ran.status, len(lines), lines[0][:10]) == (1, 1, "site dc2: "), ran.err
    assert _numbers(ran) == ["1", "2", "3", "1", "2"]
    _say(
        "March is issued while the database of dc2 is away",
        f"`{lines[0]}`; dc1: bills 1 to 3, dc3: 1 and 2",
    )
    office.of_dc2.start()
    ran = office.run("bill", MARCH, "--issue", "--site", "dc2", at=FIRST_DAY)
    assert (ran.status, _numbers(ran)) == (0, ["4", "5", "6"]), ran.err
    count = _whole(office, FIRST_DAY)
    _say(
        "it is back, and `--site dc2` is issued",
        f"bills 4 to 6; `bill verify`: {count} bills, true",
    )
    ran = office.run("statement", "acme", MARCH, at=FIRST_DAY)
    assert ran.status == 0, ran.err
    _say("`statement acme`, of Customer1 at dc1 and ACME at dc2", f"{ran.out.splitlines()[-1]}")


def _conserved(office: Office) -> None:
    """What was billed for March is what SQL sums of the panels, each quarter hour once."""
    billed, moved = Counter[str](), Counter[int]()
    times = Counter[int]()
    for site, customer, load, start_ms in _loads(office):
        billed[site] += sum(load)
        if customer == "Mover":
            for number, energy in enumerate(load):
                moved[start_ms + number * _MS_A_QUARTER] += energy
                times[start_ms + number * _MS_A_QUARTER] += bool(energy)
    measured = Counter[str]()
    for site, place in PLACES.items():
        for panel in place.panels:
            start, end = MARCH.bounds(place.zone)
            if panel == "rpp-1b":
                start, end = (start, MOVED) if site == "dc1" else (MOVED, end)
            measured[site] += sum(_quarters(office, site, panel, start, end).values())
    assert billed == measured, (billed, measured)
    start, end = MARCH.bounds(PLACES["dc1"].zone)[0], MARCH.bounds(PLACES["dc2"].zone)[1]
    whole = _quarters(office, "dc1", "rpp-1b", start, MOVED)
    whole |= _quarters(office, "dc2", "rpp-1b", MOVED, end)
    assert {at: energy for at, energy in moved.items() if energy} == whole
    assert len(whole) == (end - start) // QUARTER
    assert {times[at] for at in whole} == {1}
    kwh = sum(billed.values()) / 10**9
    by_site = ", ".join(f"{site} {energy / 10**9:,.6f}" for site, energy in sorted(billed.items()))
    _say(
        "energy of all bills of March against a sum of all panels by SQL",
        f"{kwh:,.6f} kWh, equal to the uWh ({by_site})",
    )
    _say(
        f"rpp-1b, which moves from dc1 to dc2 on {MOVED:%Y-%m-%d at %H:%M} UTC",
        f"{len(whole):,} quarter hours, each billed once",
    )


def _loads(office: Office) -> Iterator[tuple[str, str, list[int], int]]:
    """Site, customer, uWh of each quarter hour and the first one, of all bills of March."""
    query = "SELECT site, customer, document FROM bill WHERE month = '2026-03' AND revision = 0"
    for site, customer, document in office.query("home", query):
        load = json.loads(document)["bill"]["load"]
        runs = (one if isinstance(one, list) else [one, 1] for one in load["microwatt_hours"])
        energy = chain.from_iterable([value] * times for value, times in runs)
        yield site, customer, list(energy), load["slots"]["first_ms"]


def _quarters(
    office: Office, site: str, panel: str, start: datetime, end: datetime
) -> dict[int, int]:
    """Energy of a panel's poles by quarter hour, uWh, by SQL: current x voltage, rounded once."""
    is_lite = office.urls[site].startswith("sqlite")
    at = "i.start" if is_lite else "CAST(EXTRACT(EPOCH FROM i.start) * 1000 AS BIGINT)"
    energy = f"(2 * i.milliamp_ms * {PLACES[site].volts} + 3600) / 7200"
    query = (
        f"SELECT {at} AS at, SUM({energy}), COUNT(*) FROM interval AS i JOIN pole AS p "
        f"ON p.id = i.pole WHERE p.panel = '{panel}' AND {at} >= {to_ms(start)} "
        f"AND {at} < {to_ms(end)} GROUP BY 1"
    )
    rows = office.query(site, query)
    assert {count for _, _, count in rows} == {POLES}
    return {int(at): int(total) for at, total, _ in rows}


def _figures(office: Office, site: str) -> dict[str, Any]:
    """What a site shows of its usage, to the byte."""
    customer = next(iter(PLACES[site].panels.values()))[0]
    commands = {
        "bills of the last month": ("bill", APRIL, "--format", "json"),
        "drafts of the last month": ("bill", APRIL, "--draft", "--format", "json"),
        "the running month": ("bill", MAY, "--draft", "--format", "json"),
        "explanations": ("explain", APRIL, customer, "--format", "json"),
    }
    found = dict[str, Any]()
    for what, command in commands.items():
        ran = office.run(*command, at=NEXT_DAY, site=site)
        assert (ran.status, bool(ran.out)) == (0, True), ran.err
        found[what] = ran.out
    found["months to date"] = office.months_to_date(site, NEXT_DAY)
    found["page"] = office.page(site, str(APRIL))
    return found


def _office_away(office: Office) -> None:
    """The home database stops for a day in which the office would have issued April."""
    ran = office.run("bill", APRIL, "--issue", "--site", "dc1", at=LAST_DAY)
    assert _numbers(ran) == ["7", "8"], ran.err  # Mover has gone
    pages = [office.start("web", site, NEXT_DAY) for site in PLACES]
    try:
        for site, page in zip(PLACES, pages, strict=True):
            wait_until(lambda page=page: "page: http" in page.said(), 60, page.said)
            office.ask(site, "/api/v1/billing/months")  # somebody looks, as on any day
        office.home.stop()
        office.measure(LAST_DAY, NEXT_DAY)
        away = {site: _figures(office, site) for site in PLACES}
        refused = office.run("bill", APRIL, "--issue", at=NEXT_DAY)
        assert (refused.status, _numbers(refused)) == (1, []), refused.err
        lines = [line for line in refused.err.splitlines() if ": home database: " in line]
        assert len(lines) >= len(PLACES), refused.err
        office.home.start()
        back = {site: _figures(office, site) for site in PLACES}
    finally:
        for page in pages:
            page.stop()
    for site, figures in back.items():
        for what, figure in figures.items():
            assert away[site][what] == figure, (site, what)
    names = ", ".join(away["dc1"])
    size = sum(len(json.dumps(one)) for one in away.values())
    _say(
        "the home database is away for a day, after dc1 was issued",
        f"{names}: unchanged at all sites, {size:,} bytes",
    )
    _say("April is to be issued meanwhile", "refused, a line for each site; nothing is issued")
    ran = office.run("bill", APRIL, "--issue", at=NEXT_DAY)
    assert (ran.status, _numbers(ran)) == (0, ["9", "10", "11", "3", "4"]), ran.err
    count = _whole(office, NEXT_DAY)
    _say(
        "it is back, and April is issued",
        f"dc2: bills 9 to 11, dc3: 3 and 4; `bill verify`: {count} bills, true",
    )


def _heads(office: Office) -> str:
    """The last bill of each seller with its hash."""
    ran = office.run("bill", "head", APRIL, at=NEXT_DAY)
    assert ran.status == 0, ran.err
    return ran.out


def _office_restored(office: Office, dump: Path) -> None:
    """From a backup of before April: numbers 7 to 11, and 3 and 4, would be given twice."""
    before = _heads(office)
    office.restore(dump)
    for what in (("bill", APRIL, "--issue"), ("bill", MARCH, "--issue", "--site", "dc2")):
        ran = office.run(*what, at=NEXT_DAY)
        assert (ran.status, _numbers(ran)) == (1, []), ran.err
        line = ran.err.splitlines()[0].removeprefix("bcm-mqtt: ")
        assert "bcm-mqtt bill recover" in line, ran.err
    _say(
        "the home database is restored from a backup of 28 April",
        f"issuing is refused: `{line}`",
    )
    verified = office.run("bill", "verify", at=NEXT_DAY)
    assert verified.status == 1
    assert "bill 11: is missing: a kept head has it" in verified.out
    _say("`bill verify` before anything else", "names each bill that is missing; status 1")
    office.of_dc2.stop()
    ran = office.run("bill", "recover", at=NEXT_DAY)
    assert ran.status == 1
    assert ran.out.count(" is back: ") == 4, ran.out
    office.of_dc2.start()
    _say(
        "`bill recover` while the database of dc2 is away",
        "dc1's and dc3's four are back; dc2 is named, status 1",
    )
    ran = office.run("bill", "recover", at=NEXT_DAY)
    assert (ran.status, ran.out.count(" is back: ")) == (0, 3), ran.err
    count = _whole(office, NEXT_DAY)
    assert _heads(office) == before
    _say(
        "`bill recover` when it is there",
        f"the other three are back; `bill head` as before; `bill verify`: {count} bills, true",
    )
    office.charge(PLACES["dc2"], "0.1100")
    ran = office.run("bill", APRIL, "--revise", "--reason", "the rate", at=NEXT_DAY)
    assert (ran.status, _numbers(ran)) == (0, ["12", "13", "14"]), ran.err
    _say(
        "a tariff of dc2 is corrected, and April revised",
        "bills 12 to 14: numbers go on without a gap",
    )


def _site_restored(office: Office, backup: Path) -> None:
    """dc1 from a backup of before April's last readings and bills; the bridge sends them again."""
    _put(office, backup)
    ran = office.run("bill", "verify", "--format", "json", at=NEXT_DAY)
    assert ran.status == 0, ran.err
    of_dc1 = next(one for one in json.loads(ran.out) if one["site"] == "dc1")
    changed = [one["bill"] for one in of_dc1["bills"] if one["status"] == "changed"]
    assert (of_dc1["faults"], changed) == ([], [7, 8])
    _say(
        "dc1 is restored from a backup of 28 April",
        "`bill verify`: true; bills 7 and 8 are as issued, and would differ if recalculated, as "
        "the readings of the last days are gone",
    )
    ran = office.run("bill", APRIL, "--issue", "--site", "dc1", at=NEXT_DAY)
    assert (ran.status, _numbers(ran)) == (1, []), ran.err
    sent = [one for panel in PLACES["dc1"].panels for one in polls(panel, BACKUP_DAY, NEXT_DAY)]
    _sent_again(office, sent)
    assert office.run("db", "rollup", at=NEXT_DAY, site="dc1").status == 0
    ran = office.run("bill", "verify", "--format", "json", at=NEXT_DAY)
    of_dc1 = next(one for one in json.loads(ran.out) if one["site"] == "dc1")
    assert {one["status"] for one in of_dc1["bills"]} == {"ok"}, of_dc1
    _say(
        "its recorder stores what the bridge's outbox has",
        f"{len(sent):,} snapshots; `bill verify`: all bills of dc1 `ok` again",
    )


def _put(office: Office, backup: Path) -> None:
    """The backup in the place of dc1's database."""
    for file in (office.folder / "dc1").glob("bcm.db*"):
        file.unlink()
    shutil.copy(backup, office.folder / "dc1" / "bcm.db")


def _sent_again(office: Office, sent: list[Any]) -> None:
    """Publishes snapshots at the broker, and waits until the recorder of dc1 has stored them."""
    count = "SELECT COUNT(*) FROM snapshot"
    before = office.query("dc1", count)[0][0]
    with office.start("recorder", "dc1") as recorder:
        wait_until(lambda: ": connected" in recorder.said(), 60, recorder.said)
        client = Client(CallbackAPIVersion.VERSION2, "bridge")
        client.connect("127.0.0.1", office.broker.port)
        client.loop_start()
        for one in sent:
            client.publish(f"dc1/{one.panel}/snapshot", encode_snapshot(one), qos=1)
        whole = before + len(sent)
        wait_until(lambda: office.query("dc1", count)[0][0] >= whole, 120, recorder.said)
        client.disconnect()
        client.loop_stop()
        assert recorder.stop() == 0, recorder.said()


def _both_restored(office: Office, dump: Path, backup: Path) -> None:
    """Office and dc1 from backups of one day: nobody has dc1's bills of April any more."""
    head = office.folder / "head.txt"
    head.write_text(_heads(office))
    office.restore(dump)
    _put(office, backup)
    ran = office.run("bill", "recover", at=NEXT_DAY)
    assert (ran.status, ran.out.count(" is back: ")) == (1, 2), ran.out
    missing = ran.err.splitlines()[-1]
    ran = office.run("bill", APRIL, "--issue", at=NEXT_DAY)
    assert (ran.status, _numbers(ran)) == (1, []), ran.err
    assert office.run("bill", "verify", "--expect", head, at=NEXT_DAY).status == 1
    _say(
        "office and dc1 are both restored from backups of 28 April",
        f"`{missing}`; nothing is issued for this seller",
    )
