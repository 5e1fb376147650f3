"""`circuits apply`: circuits.csv into the store without a bridge."""

from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.mqtt.standing import Standing
from bcm_mqtt.store import Store
from unit.builders import circuit, directory
from unit.cli.conftest import Run
from unit.site_files import database_url

HEAD = "panel,poles,field,before,after"


@pytest.fixture
def stored(config: Path) -> Path:
    """The configuration of a site whose database is empty."""
    with closing(Store(database_url(config.parent))) as store:
        store.database.ensure_schema()
    return config


def of_file(config: Path) -> object:
    return {key: set(one.versions) for key, one in load(config).directories.items()}


def stored_of(config: Path) -> object:
    with closing(Store(database_url(config.parent))) as store:
        return {key: set(one.versions) for key, one in store.directories.all().items()}


def test_the_file_is_stored_with_its_differences_and_once(run: Run, stored: Path) -> None:
    dry = run("circuits", "apply", "-c", stored, "--dry-run", "--format", "csv")
    assert dry.out.splitlines()[:3] == [
        HEAD,
        "rpp-1a,1,poles,,1",
        "rpp-1a,1,description,,Customer1-A-1",
    ]
    assert stored_of(stored) == {}
    ran = run("circuits", "apply", "-c", stored)
    assert ran.status == 0
    assert ran.out.endswith(f"{stored.parent / 'circuits.csv'}: stored\n")
    assert stored_of(stored) == of_file(stored)
    assert ran.err.startswith("the broker does not answer: a recorder that starts again ")
    again = run("circuits", "apply", "-c", stored)
    assert (again.out, again.err) == (f"{stored.parent / 'circuits.csv'}: is stored already\n", "")
    revisions = run("db", "revisions", "-c", stored, "--format", "csv").out.splitlines()
    assert len(revisions) == 1 + 2


def test_a_row_that_is_gone_is_shown_and_applied(run: Run, stored: Path) -> None:
    run("circuits", "apply", "-c", stored)
    file = stored.parent / "circuits.csv"
    file.write_text(file.read_text().replace("rpp-1a,7,,20,\n", ""))
    ran = run("circuits", "apply", "-c", stored, "--format", "csv")
    assert ran.out.splitlines() == [HEAD, "rpp-1a,7,row,from always,"]
    assert stored_of(stored) == of_file(stored)


def test_a_panel_of_a_bridge_elsewhere_is_left_to_it(
    run: Run, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = Standing({"rpp-1b": frozenset({"dc2"})}, {"rpp-1b": directory(circuit())})
    monkeypatch.setattr("bcm_mqtt.mqtt.standing.standing_at", lambda *_: standing)
    ran = run("circuits", "apply", "-c", stored)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == (
        "bcm-mqtt: nothing was applied: bridge dc2 on another machine has panel rpp-1b: "
        "edit the circuits there\n"
    )
    assert stored_of(stored) == {}


def test_without_a_file_there_is_nothing_to_apply(run: Run, stored: Path) -> None:
    file = stored.parent / "circuits.csv"
    file.unlink()
    ran = run("circuits", "apply", "-c", stored)
    assert (ran.status, ran.err) == (2, f"{file}: is not there: nothing can be applied\n")
