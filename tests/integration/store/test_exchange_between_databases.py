"""From SQLite to PostgreSQL and back by command: bills of every month identical to the cent."""

import json
import shutil
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.cli.demo.site import history
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.simulator import SimulatedSite
from unit.builders import NEW_YORK, NOON, circuit, directory, panel
from unit.exchange.stocked import contents_of, opened
from unit.site_files import database_url, write_site
from unit.store.test_device_intervals import metered

MONTHS = [Month(2026, 9), Month(2026, 10)]
STEP = timedelta(minutes=15)


def seed(url: str) -> None:
    """A simulated panel and a metered one, both of which are let for days of two months only."""
    border = MONTHS[-1].bounds(NEW_YORK)[0]
    start, end = border - timedelta(days=5), border + timedelta(days=5)
    with closing(opened(url)) as store:
        snapshots = history(SimulatedSite(1, seed=3), start, end, STEP)
        while batch := list(islice(snapshots, 1000)):
            store.arrivals.add(batch)
        store.arrivals.add(metered(end - timedelta(days=2), end, panel="rpp-1b", step_s=900))
        let: dict[tuple[int, ...], str] = {
            (1, 3, 5): "Acme-A-1",
            (7,): "Acme-A-7",
            **{(pole,): f"Customer{pole % 5}-{pole}" for pole in range(2, 48, 2)},
        }
        sent = directory(
            *(circuit(poles, name, valid_from=start) for poles, name in let.items()),
            circuit((7,), "Globex-A-7", valid_from=border + timedelta(days=2, hours=7)),
            *(circuit(poles, "", valid_from=end) for poles in let),
        )
        store.directories.add(sent, encode_directory(sent), NOON)
        other = directory(circuit((1,), "Metered-1"), of=panel("rpp-1b", poles=12))
        store.directories.add(other, encode_directory(other), NOON)


def bills(config: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    found = []
    for month in MONTHS:
        capsys.readouterr()
        assert main(["bill", str(month), "-c", str(config), "--format", "json"]) == 0
        found.append(capsys.readouterr().out)
    return found


def verified(config: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of bills that are whole, and would be the same now."""
    capsys.readouterr()
    assert main(["bill", "verify", "-c", str(config), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["bills"]) > 10
    assert {bill["status"] for bill in found["bills"]} == {"ok"}
    assert found["faults"] == []
    return json.dumps(found)


def test_bills_are_identical_wherever_the_data_went(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_site(tmp_path / "first", circuits=None)
    seed(database_url(tmp_path / "first"))
    second = write_site(tmp_path / "second", circuits=None, database=url)
    third = write_site(tmp_path / "third", circuits=None)
    for month in MONTHS:
        main(["bill", str(month), "-c", str(first), "--issue"])  # Metered's is held
    whole = verified(first, capsys)
    before = bills(first, capsys)
    amounts = [bill["amount"] for month in before for bill in json.loads(month)["bills"]]
    assert len(amounts) > 10
    assert sum(amounts) > 500

    for source, target, place, form in (
        (first, second, tmp_path / "to-postgresql", "csv"),
        (second, third, tmp_path / "to-sqlite.zip", "parquet"),
    ):
        command = ["db", "export", str(place), "-c", str(source), "--format", form]
        assert main(command) == 0
        assert main(["db", "import", str(place), "-c", str(target)]) == 0
        # The key is never in the database, so it moves by itself.
        key = Path("bridge") / "signing-keys.json"
        (target.parent / key).parent.mkdir(exist_ok=True)
        shutil.copy(source.parent / key, target.parent / key)
        assert bills(target, capsys) == before
        assert verified(target, capsys) == whole
    assert contents_of(url) == contents_of(database_url(tmp_path / "third"))
    assert main(["db", "rollup", "--rebuild", "-c", str(third)]) == 0
    assert bills(third, capsys) == before
