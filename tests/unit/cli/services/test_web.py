"""`bcm-mqtt web`: what it refuses before it serves anything, and where a browser finds it."""

import socket
from pathlib import Path

import pytest

from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.config import load
from unit.cli.conftest import Run
from unit.site_files import write_site


def with_web(folder: Path, keys: str) -> Path:
    main = write_site(folder)
    main.write_text(f"{main.read_text()}web: {{{keys}}}\n")
    return main


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_an_address_beyond_loopback_is_refused_without_tls_or_proxy(
    run: Run, tmp_path: Path, host: str
) -> None:
    ran = run("web", "-c", with_web(tmp_path, f'host: "{host}", hosts: [power.example.org]'))
    assert ran.status == 2
    assert f"web.host: {host} is reached from other machines: expected web.tls" in ran.err
    assert ran.err.count("\n") == 1


def test_a_port_in_use_is_one_line(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run("web", "-c", with_web(tmp_path, f"port: {port}"))
    assert ran.status == 1
    line = f"bcm-mqtt: cannot serve the page on 127.0.0.1:{port}: Address already in use"
    assert ran.err.strip().endswith(line)


@pytest.mark.parametrize(
    ("keys", "address"),
    [
        ("", "http://127.0.0.1:8480/"),
        ("port: 81", "http://127.0.0.1:81/"),
        ('host: "::1"', "http://[::1]:8480/"),
    ],
)
def test_the_address_is_one_for_a_browser(tmp_path: Path, keys: str, address: str) -> None:
    assert load(with_web(tmp_path, keys)).web.address == address


def test_run_starts_no_page_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    keep_running = "bcm_mqtt.cli.services.supervised._keep_running"
    monkeypatch.setattr(keep_running, lambda *line: started.append(line))
    with supervised("web", load(with_web(tmp_path, "enabled: false"))):
        pass
    assert started == []
