"""Where data are: relative to the configuration file, or in the start folder as before."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bcm_mqtt.config import Settings, load
from bcm_mqtt.errors import InputError

_MAIN = """\
site: {{id: dc1, time_zone: UTC}}
database: {{url: "{url}"}}
bridge: {{data: "{data}"}}
gateways: {{gw: {{host: 127.0.0.1}}}}
panels: {{rpp-1a: {{gateway: gw}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path)


def write(folder: Path, url: str = "sqlite:///data/bcm.db", data: str = "data/bridge") -> Path:
    file = folder / "config" / "bcm.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(_MAIN.format(url=url, data=data))
    return file


def loaded(config: Path, environment: Mapping[str, str] | None = None) -> Settings:
    start = config.parents[1] / "start"
    start.mkdir(exist_ok=True)
    return load(config, environment=environment or {}, start=start)


def put(folder: Path, name: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("data")
    return file


def test_a_new_site_has_its_data_beside_its_configuration(config: Path) -> None:
    settings = loaded(config)
    assert settings.database_url == f"sqlite:///{config.parent}/data/bcm.db"
    assert settings.bridge.data == config.parent / "data" / "bridge"
    assert settings.notes == ()


def test_data_in_the_start_folder_are_used_there_with_the_line_to_add(config: Path) -> None:
    start = config.parents[1] / "start"
    file, outbox = put(start, "data/bcm.db"), put(start, "data/bridge/outbox.db")
    settings = loaded(config)
    assert settings.database_url == f"sqlite:///{file}"
    assert settings.bridge.data == outbox.parent
    database, bridge = settings.notes
    assert database == (
        f"{config}:2: database.url: data of this site are in {file}, where an earlier release put "
        f'them, and are used there: add the line "url: sqlite:///{file}" below database, or move '
        f"them to {config.parent}/data/bcm.db"
    )
    assert f'"data: {outbox.parent}" below bridge' in bridge


def test_the_line_that_a_note_names_ends_the_notes(config: Path) -> None:
    start = config.parents[1] / "start"
    file, outbox = put(start, "data/bcm.db"), put(start, "data/bridge/outbox.db")
    before = loaded(config)
    write(config.parents[1], f"sqlite:///{file}", str(outbox.parent))
    after = loaded(config)
    assert (after.database_url, after.bridge.data) == (before.database_url, before.bridge.data)
    assert after.notes == ()


def test_data_in_both_places_are_an_error_that_names_both(config: Path) -> None:
    start = config.parents[1] / "start"
    files = [put(folder, "data/bcm.db") for folder in (start, config.parent)]
    outboxes = [put(folder, "data/bridge/outbox.db") for folder in (start, config.parent)]
    with pytest.raises(InputError) as caught:
        loaded(config)
    database, bridge = map(str, caught.value.problems)
    assert database.startswith(f"{config}:2: database.url: there are data in ")
    assert all(str(file) in database for file in files)
    assert bridge.startswith(f"{config}:3: bridge.data: there are data in ")
    assert all(str(outbox.parent) in bridge for outbox in outboxes)


def test_one_place_by_two_names_is_one_place(config: Path) -> None:
    start = config.parents[1] / "start"
    put(start, "data/bcm.db")
    put(start, "data/bridge/outbox.db")
    (config.parent / "data").symlink_to(start / "data")
    settings = loaded(config)
    assert settings.database_url == f"sqlite:///{config.parent}/data/bcm.db"
    assert settings.notes == ()


def test_an_empty_folder_of_a_bridge_is_no_data(config: Path) -> None:
    (config.parents[1] / "start" / "data" / "bridge").mkdir(parents=True)
    assert loaded(config).bridge.data == config.parent / "data" / "bridge"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////var/bcm.db", "sqlite:////var/bcm.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite:///file:bcm.db?uri=true", "sqlite:///file:bcm.db?uri=true"),
        ("sqlite+pysqlite:///x.db?timeout=5", "sqlite+pysqlite:///{folder}/x.db?timeout=5"),
        ("postgresql+psycopg://bcm@host/bcm", "postgresql+psycopg://bcm@host/bcm"),
    ],
)
def test_only_the_path_of_a_file_is_relative(tmp_path: Path, url: str, expected: str) -> None:
    config = write(tmp_path, url)
    assert loaded(config).database_url == expected.replace("{folder}", str(config.parent))


def test_a_relative_configuration_file_gives_places_that_are_not(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parents[1])
    settings = load(Path("config/bcm.yaml"), environment={})
    assert settings.database_url == f"sqlite:///{config.parent}/data/bcm.db"
    assert settings.bridge.data.is_absolute()
