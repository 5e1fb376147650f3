"""The first configuration of a site: what is written, and that nothing is written over."""

from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.domain.site.circuit_field import CONNECTION, DESCRIPTION, POLES, RATING
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.site.schedule import ScheduleRow
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.setup.first_site import FirstPanel, FirstSite
from bcm_mqtt.setup.fragment import FoundPanel
from bcm_mqtt.setup.new_files import existing, written

GATEWAYS: dict[str, dict[str, str | int]] = {"gateway-1": {"host": "10.0.0.21", "port": 502}}
ROWS = (
    ScheduleRow(2, "rpp-1a", 1, {DESCRIPTION: 'Tenant, "A"', RATING: 20}),
    ScheduleRow(3, "rpp-1a", 2, {POLES: (2, 4, 6), RATING: 30, CONNECTION: Connection("3P-D")}),
)


def _panel(name: str, profile: str, first: int) -> FirstPanel:
    of = shipped_profiles()[profile]
    units = tuple(range(first, first + of.unit_count))
    return FirstPanel(name, FoundPanel(name, "gateway-1", of, units, ()), "120/208", of.pole_count)


SITE = FirstSite(
    "Site 1",
    "Europe/Berlin",
    "EUR",
    GATEWAYS,
    [_panel("RPP 1A", "bg08", 1), _panel("Meter", "sdm630", 9)],
    ("broker.example", 8883),
    9000,
).with_breakers(ROWS)


def test_panels_that_share_meters_are_named_in_one_sentence() -> None:
    site = replace(SITE, panels=[_panel("A", "bg08", 1), _panel("B", "bg08", 5)], breakers=())
    with pytest.raises(InputError) as refused:
        site.check()
    (problem,) = refused.value.problems
    assert problem.message == (
        "panels 'A' and 'B' have the same unit ids 5-8 at 10.0.0.21: remove one, or give it its "
        "own first unit id"
    )


def test_breakers_of_a_schedule_hold_from_the_beginning(tmp_path: Path) -> None:
    config = tmp_path / "bcm.yaml"
    written(config, SITE.configuration(), SITE.circuits())
    settings = load(config)
    lines = (tmp_path / "circuits.csv").read_text().splitlines()
    assert lines[1:3] == [
        'rpp-1a,1,"Tenant, ""A""",,20,,,',
        "rpp-1a,2+4+6,,,30,3P-D,,",
    ]
    # The meter has no schedule: a row for each of its poles.
    assert lines[3:] == [f"meter,{pole},,,,,," for pole in (1, 3, 5)]
    versions = settings.directories["rpp-1a"].versions
    assert len(versions) == 2
    assert {version.valid_from for version in versions} == {BEGINNING}
    assert (settings.mqtt.broker.host, settings.mqtt.broker.port) == ("broker.example", 8883)
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 9000)


def test_panels_of_one_name_have_an_id_each() -> None:
    panels = [_panel(name, "bg08", 1) for name in ("X 3", "X", "X", "Bridge", "Bridge 4")]
    ids = FirstSite("Site 1", "Europe/Berlin", "EUR", GATEWAYS, panels).ids()
    assert ids == ["x-3", "x", "x-4", "bridge-4", "bridge-4-5"]


def test_a_broker_with_a_password_and_a_price_are_files_of_their_own(tmp_path: Path) -> None:
    password = 'a\N{SNOWMAN} "b": \\ # c'
    site = replace(SITE, login=("it's me", password), tls=True, price="11.50")
    assert site.check().mqtt.broker.password == password
    written(tmp_path / "bcm.yaml", site.configuration(), site.circuits(), site.others())
    settings = load(tmp_path / "bcm.yaml")
    broker = settings.mqtt.broker
    assert (broker.username, broker.password, broker.tls) == ("it's me", password, True)
    assert password not in (tmp_path / "bcm.yaml").read_text()
    assert (tmp_path / "secrets.yaml").stat().st_mode & 0o777 == 0o600
    assert "energy: 11.50   # EUR per kWh" in (tmp_path / "tariffs.yaml").read_text()
    assert settings.terms.default_tariff == "standard"


@pytest.mark.parametrize("there", ["secrets.yaml", "tariffs.yaml"])
def test_further_files_that_are_there_stay_alone(tmp_path: Path, there: str) -> None:
    site = replace(SITE, login=("me", "x"), price="11.50")
    (tmp_path / there).write_text("by hand")
    with pytest.raises(InputError, match="is there already"):
        written(tmp_path / "bcm.yaml", site.configuration(), site.circuits(), site.others())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(there, "by hand")]


@pytest.mark.parametrize("there", ["bcm.yaml", "circuits.csv"])
def test_a_file_that_is_there_stays_and_nothing_is_left_beside_it(
    tmp_path: Path, there: str
) -> None:
    (tmp_path / there).write_text("by hand")
    with pytest.raises(InputError, match="is there already"):
        written(tmp_path / "bcm.yaml", SITE.configuration(), SITE.circuits())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(there, "by hand")]


def test_a_configuration_that_appears_meanwhile_stays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "bcm.yaml"
    config.write_text("by hand")
    # As if it came between the look and the writing.
    monkeypatch.setattr("bcm_mqtt.setup.new_files.refuse_existing", lambda _: None)
    with pytest.raises(InputError, match=r"bcm\.yaml: is there already"):
        written(config, SITE.configuration(), SITE.circuits())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("bcm.yaml", "by hand")]


def test_a_database_without_a_configuration_is_no_new_site(tmp_path: Path) -> None:
    config = tmp_path / "bcm.yaml"
    assert existing(config) is None
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bcm.db").touch()
    assert existing(config) == tmp_path / "data" / "bcm.db"
    config.symlink_to("nowhere")
    assert existing(config) == config
