"""`init`: a first configuration by options and by questions, which `check` accepts."""

import io
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from unit.cli.conftest import Run
from unit.config.site_files import only

SITE = ("--name", 'Data "Center" 1', "--time-zone", "Europe/Berlin", "--currency", "EUR")


@pytest.fixture(autouse=True)
def _no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.cli.setup.command.time_zone_here", lambda: None)


def test_options_alone_make_a_configuration_that_check_accepts(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config" / "bcm.yaml"
    panels = ("--panel", "1,bg08,1", "--panel", "2,sdm630,5", "--service", "230/400")
    gateways = ("--gateway", "10.0.0.21", "--gateway", "gw-2:1502", "--no-scan")
    ran = run("init", "-c", config, *SITE, *gateways, *panels)
    assert ran.status == 0, ran.err
    assert run("check", "-c", config).out.startswith(f"{config}: good: 2 gateways, 2 panels, 51 ")
    settings = load(config)
    assert (settings.site.id, settings.site.name) == ("data-center-1", 'Data "Center" 1')
    assert (settings.site.zone.key, settings.site.currency) == ("Europe/Berlin", "EUR")
    shown = [
        (one.panel.id, one.panel.service.name, only(one).gateway)
        for one in settings.panels.values()
    ]
    assert shown == [("panel-1", "230/400", "gateway-1"), ("panel-2", "230/400", "gateway-2")]
    before = config.read_bytes()
    again = run("init", "-c", config, *SITE)
    assert again.status == 2
    assert "is there already" in again.err
    assert config.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "expected --name, or a terminal to ask on"),
        (("--name", "A"), "expected --time-zone, or a terminal to ask on"),
        (("--name", "A", "--time-zone", "Mars"), "--time-zone 'Mars': expected a time zone such"),
        ((*SITE, "--currency", "euro"), "--currency 'euro': expected a currency code such as USD"),
        ((*SITE, "--gateway", "gw:x"), "'gw:x': expected HOST or HOST:PORT"),
        ((*SITE, "--panel", "1,bg08,1"), "--panel '1,bg08,1': there are 0 gateways"),
        ((*SITE, "--gateway", "gw", "--no-scan", "--panel", "1,no,1"), "expected a profile of "),
        ((*SITE, "--gateway", "gw", "--no-scan", "--panel", "1,bg08"), "expected GATEWAY,PROFILE,"),
        (
            (*SITE, "--gateway", "gw", "--no-scan", "--panel", "1,bg08,1", "--service", "9 V"),
            "--service '9 V': unknown service",
        ),
        (
            (*SITE, "--gateway", "gw", "--gateway", "GW", "--no-scan"),
            "gateways.gateway-2.host: is gateway gateway-1's already",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    config = tmp_path / "bcm.yaml"
    ran = run("init", "-c", config, *arguments)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert expected in ran.err
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks_and_asks_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = ("My Site", "Nowhere", "Europe/Paris", "eur", "EUR", "10.0.0.21:99999", "10.0.0.21")
    typed = "\n".join([*answers, "", "RPP 1A", "V", "480", "0", "42"]) + "\n"
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    config = tmp_path / "bcm.yaml"
    ran = run("init", "-c", config, "--no-scan", "--panel", "1,bg08,1")
    assert ran.status == 0, ran.err
    for said in ("expected a time zone", "expected a currency code", "expected HOST", "1 to 84"):
        assert said in ran.err
    panel = load(config).panels["rpp-1a"].panel
    assert (panel.name, panel.service.name, panel.pole_count) == ("RPP 1A", "480", 42)
