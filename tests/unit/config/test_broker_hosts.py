"""`mqtt.hosts`: several brokers, each as `host` or `host:port`."""

from pathlib import Path

import pytest

from unit.config.site_files import changed, complaints, loaded


def hosts(*lines: str) -> dict[str, str | bytes]:
    return changed("bcm.yaml", ("  host: broker\n", "".join(f"  {line}\n" for line in lines)))


def test_each_has_its_port_or_that_of_all(tmp_path: Path) -> None:
    written = hosts(
        "hosts: [a, 'b:1884', '[fe80::1]:1885', 'fe80::2']", "port: 8883", "username: u"
    )
    first, *others = loaded(tmp_path, written).mqtt.broker.each
    assert (first.host, first.port, first.username) == ("a", 8883, "u")
    assert [(one.host, one.port, one.username) for one in others] == [
        ("b", 1884, "u"),
        ("fe80::1", 1885, "u"),
        ("fe80::2", 8883, "u"),
    ]


def test_a_list_of_one_is_as_its_host(tmp_path: Path) -> None:
    alone = loaded(tmp_path, hosts("hosts: ['a:1884']")).mqtt.broker
    assert alone == loaded(tmp_path, hosts("host: a", "port: 1884")).mqtt.broker
    assert alone.others == ()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["hosts: []"], "hosts: expected at least one host such as broker-a or 10.0.0.5"),
        (
            ["hosts: ['a:0']"],
            "hosts.0: expected a port from 1 to 65535 after the host, such as a:1883",
        ),
        (["hosts: ['a:65536']"], "hosts.0: expected a port from 1 to 65535 after the host"),
        (["hosts: ['tcp://a']"], "hosts.0: expected a host such as 192.168.1.20 or meters.example"),
        (["hosts: [b, 'a b']"], "hosts.1: expected a host such as 192.168.1.20, fe80::1 or"),
        (["hosts: [b, '']"], "hosts.1: expected a text"),
        (["host: c", "hosts: [a, b]"], "hosts: is given with mqtt.host: expected one of the two"),
        (["hosts: [a, b, 'A.:1883']"], "hosts.2: A.:1883 is the broker in place 1, too: expected"),
        (
            ["hosts: [localhost, '127.0.0.1:1883']"],
            "hosts.1: 127.0.0.1:1883 is the broker in place 1",
        ),
        (
            ["hosts: ['::1', '[0:0::1]:1883']"],
            "hosts.1: [0:0::1]:1883 is the broker in place 1, too",
        ),
    ],
)
def test_a_mistake_is_named_where_it_is(tmp_path: Path, lines: list[str], said: str) -> None:
    (complaint,) = complaints(tmp_path, hosts(*lines))
    assert f": mqtt.{said}" in complaint
