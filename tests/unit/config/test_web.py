"""`web`: where the page listens, and what it refuses."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bcm_mqtt.config import WebSettings, load
from unit.config.site_files import MAIN, complaints, write

LINE = len(MAIN.splitlines()) + 1


def web(folder: Path, section: str) -> WebSettings:
    for name in ("cert.pem", "key.pem"):
        (folder / name).write_text("")
    return load(write(folder, {"bcm.yaml": f"{MAIN}web: {{{section}}}\n"}), environment={}).web


def test_without_the_section_only_this_machine_reaches_it(tmp_path: Path) -> None:
    found = load(write(tmp_path, {}), environment={}).web
    assert (found.host, found.port, found.is_reached_from_elsewhere) == ("127.0.0.1", 8480, False)
    assert (found.idle, found.longest) == (timedelta(hours=12), timedelta(days=7))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "'::1'", "localhost"])
def test_a_loopback_address_needs_nothing_else(tmp_path: Path, host: str) -> None:
    assert not web(tmp_path, f"host: {host}").is_reached_from_elsewhere


def test_beyond_it_a_certificate_is_enough_and_the_address_is_a_name(tmp_path: Path) -> None:
    found = web(tmp_path, "host: 10.0.0.9, tls: {certificate: cert.pem, key: key.pem}")
    assert found.is_reached_from_elsewhere
    assert found.hosts == ("10.0.0.9",)
    assert found.tls
    assert found.tls.key == tmp_path / "key.pem"


def test_or_a_proxy_with_the_names_by_which_it_is_reached(tmp_path: Path) -> None:
    section = "host: 0.0.0.0, hosts: [BCM.example], proxy: {trusted: [10.0.0.5, 10.1.0.0/24]}"
    found = web(tmp_path, section)
    assert found.hosts == ("bcm.example",)
    assert found.proxies == (ip_network("10.0.0.5"), ip_network("10.1.0.0/24"))


def test_a_proxy_on_this_machine_lets_others_reach_it(tmp_path: Path) -> None:
    section = "hosts: [bcm.example], proxy: {trusted: [127.0.0.1]}"
    assert web(tmp_path, section).is_reached_from_elsewhere


@pytest.mark.parametrize("written", ["https://bcm.example", "https://bcm.example/"])
def test_the_address_of_links_ends_with_a_slash(tmp_path: Path, written: str) -> None:
    assert web(tmp_path, f"url: '{written}'").url == "https://bcm.example/"
    assert web(tmp_path, "url: 'http://[::1]:8480/bcm'").url == "http://[::1]:8480/bcm/"
    assert web(tmp_path, "port: 8480").url == ""


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            "host: 0.0.0.0, hosts: [bcm.example]",
            (
                "web.host: 0.0.0.0 is reached from other machines: expected web.tls, or "
                "web.proxy with the addresses of the proxies in front, or 127.0.0.1"
            ),
        ),
        ("host: bcm.example", "web.host: bcm.example is reached from other machines"),
        (
            "host: '::', tls: {certificate: circuits.csv, key: circuits.csv}",
            "web: expected hosts: the names by which browsers reach the page",
        ),
        ("proxy: {trusted: [127.0.0.1]}", "web: expected hosts: the names"),
        ("proxy: {trusted: []}", "web.proxy.trusted: expected at least one address"),
        ("proxy: {trusted: [10.0.0.5/8]}", "web.proxy.trusted.0: expected an address such as"),
        ("proxy: {trusted: [nginx]}", "web.proxy.trusted.0: expected an address such as"),
        ("proxy: {}", "web.proxy.trusted: is required"),
        ("tls: {certificate: circuits.csv}", "web.tls.key: is required"),
        ("tls: {certificate: circuits.csv, key: no.pem}", "web.tls.key: no such file no.pem"),
        ("hosts: ['https://bcm.example/']", "web.hosts.0: expected a host name such as bcm."),
        ("url: bcm.example", "web.url: expected the address of the page, such as https://bcm."),
        ("url: 'https://a@b/?x#y'", "web.url: expected the address of the page"),
        ("session: {idle: 8d}", "web.session.idle: expected at most web.session.longest"),
        ("session: {idle: 1s}", "web.session.idle: expected a duration from 1min to 90d"),
        ("hots: [x]", "web.hots: unknown key: did you mean"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, section: str, said: str) -> None:
    found = complaints(tmp_path, {"bcm.yaml": f"{MAIN}web: {{{section}}}\n"})
    assert len(found) == 1
    assert found[0].startswith(f"bcm.yaml:{LINE}: {said}")
