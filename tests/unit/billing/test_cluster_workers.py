"""What a worker of a cluster objects to, and what of a configuration it must have alike."""

from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.billing.computing.at_worker import (
    CONFIGURATION,
    SOFTWARE,
    dask_setup,
    digests_of,
    objection,
)
from bcm_mqtt.config import load
from bcm_mqtt.store import Store
from unit.site_files import TARIFFS, database_url, write_site


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(CONFIGURATION, raising=False)
    main = write_site(tmp_path / "own")
    with closing(Store(database_url(tmp_path / "own"))) as store:
        store.database.ensure_schema()
    return main


def _asked(
    config: Path, site: str = "dc1", software: str = SOFTWARE, of: Path | None = None
) -> str:
    """What the worker says to a site with the configuration `of`, by its own at `config`."""
    return objection(software, site, str(config), digests_of(load(of or config).terms))


def test_the_same_configuration_will_do(config: Path) -> None:
    assert _asked(config) == ""


def test_names_and_addresses_may_differ(config: Path, tmp_path: Path) -> None:
    other = write_site(tmp_path / "other")
    text = "customers: {Customer1: {name: Another name, email: [a@example.com]}}\n"
    (other.parent / "customers.yaml").write_text(text)
    assert _asked(config, of=other) == ""


def test_another_version_is_refused(config: Path) -> None:
    said = _asked(config, software="bcm-mqtt 9.9 with numpy 1.0")
    assert said == f"has {SOFTWARE}: expected bcm-mqtt 9.9 with numpy 1.0"


def test_another_site_is_refused(config: Path) -> None:
    said = _asked(config, site="dc2")
    assert said == f"has the configuration of dc1 ({config}): expected that of dc2"


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        ("tariffs.yaml", TARIFFS.replace("0.1185", "0.1186"), "tariffs"),
        ("customers.yaml", "customers: {Customer2: {tariff: standard}}\n", "customers"),
    ],
)
def test_another_configuration_is_refused_by_its_keys(
    config: Path, tmp_path: Path, file: str, text: str, key: str
) -> None:
    other = write_site(tmp_path / "other")
    (other.parent / file).write_text(text)
    said = _asked(config, of=other)
    assert said == (
        f"has another configuration ({config}) than where dc1 is billed: they differ in {key}"
    )


@pytest.mark.parametrize(
    ("was", "now", "key"),
    [
        ("America/New_York", "America/Chicago", "site.time_zone, tariffs"),
        ("billing: {", "billing: {no_customer: [Lobby], ", "billing"),
        ("first_unit_id: 9, poles: 12", "profile: sdm630, unit_ids: [9]", "panels"),
    ],
)
def test_so_is_another_main_file(
    config: Path, tmp_path: Path, was: str, now: str, key: str
) -> None:
    other = write_site(tmp_path / "other")
    text = other.read_text()
    assert was in text
    other.write_text(text.replace(was, now))
    assert _asked(config, of=other).endswith(f"they differ in {key}")


def test_a_worker_names_its_own_configurations(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = write_site(tmp_path / "second")
    second.write_text(second.read_text().replace("id: dc1", "id: dc2"))
    monkeypatch.setenv(CONFIGURATION, f"{second}:{config}")
    assert _asked(Path("/not/there/bcm.yaml"), of=config) == ""
    assert _asked(Path("/not/there/bcm.yaml"), "dc3", of=config).startswith(
        f"has the configuration of dc1, dc2 ({second}:{config}): expected"
    )


def test_a_worker_that_begins_reads_its_configurations_and_leaves_what_is_wrong_to_whoever_asks(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr("bcm_mqtt.billing.computing.at_worker._followed", read.append)
    dask_setup(None)
    assert read == []
    monkeypatch.setenv(CONFIGURATION, f"{config}:{tmp_path / 'none.yaml'}")
    dask_setup(None)
    assert read == [config, tmp_path / "none.yaml"]
    monkeypatch.undo()
    monkeypatch.setenv(CONFIGURATION, str(tmp_path / "none.yaml"))
    dask_setup(None)
    assert "there is no such file" in _asked(tmp_path / "none.yaml", of=config)


def test_files_that_are_wrong_and_a_database_that_is_away_are_named(
    config: Path, tmp_path: Path
) -> None:
    assert "there is no such file" in _asked(tmp_path / "none.yaml", of=config)
    (config.parent / "bcm.db").unlink()
    assert _asked(config).startswith(f"no database at {config.parent / 'bcm.db'}")
