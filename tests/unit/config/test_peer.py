"""`bridge.peer`: the other bridge of a pair, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.config import PeerSettings, load
from unit.config.site_files import MAIN, complaints, write

LINE = len(MAIN.splitlines()) + 1
GOOD = "address: '10.0.0.12:8490', listen: '0.0.0.0:8490', role: second"
SECRET = "secret: not known to others"


def peer(folder: Path, section: str) -> PeerSettings | None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).write_text("")
    main = f"{MAIN}bridge: {{peer: {{{section}}}}}\n"
    return load(write(folder, {"bcm.yaml": main}), environment={}).bridge.peer


def test_a_bridge_is_alone_without_it(tmp_path: Path) -> None:
    assert load(write(tmp_path, {}), environment={}).bridge.peer is None


def test_a_secret_is_enough(tmp_path: Path) -> None:
    found = peer(tmp_path, f"{GOOD}, {SECRET}")
    assert found == PeerSettings(
        ("10.0.0.12", 8490), ("0.0.0.0", 8490), is_first=False, secret=b"not known to others"
    )
    assert found.name == "10.0.0.12:8490"
    assert (found.lease, found.give_back) == (timedelta(seconds=3), timedelta(minutes=1))
    assert found.polls_in_isolation


def test_so_are_certificates(tmp_path: Path) -> None:
    found = peer(tmp_path, f"{GOOD}, tls: {{ca: ca.pem, certificate: cert.pem, key: key.pem}}")
    assert found
    assert found.tls
    assert found.tls.key == tmp_path / "key.pem"


def test_the_rest_may_be_set(tmp_path: Path) -> None:
    section = "address: '[fd00::12]:8490', listen: 'bridges.example:1', role: first"
    more = "lease: 10s, on_isolation: stop, give_back: never"
    found = peer(tmp_path, f"{section}, {SECRET}, {more}")
    assert found
    assert (found.address, found.listen) == (("fd00::12", 8490), ("bridges.example", 1))
    assert (found.is_first, found.polls_in_isolation, found.give_back) == (True, False, None)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (GOOD, "bridge.peer: expected secret, the same on both bridges, or tls"),
        (
            f"{GOOD}, secret: short",
            "bridge.peer.secret: expected at least 16 characters",
        ),
        (
            f"address: 10.0.0.12, listen: '0.0.0.0:1', role: first, {SECRET}",
            (
                "bridge.peer.address: expected HOST:PORT such as 10.0.0.12:8490 or "
                "[fd00::12]:8490, not '10.0.0.12'"
            ),
        ),
        (
            f"address: '10.0.0.12:70000', listen: '0.0.0.0:1', role: first, {SECRET}",
            (
                "bridge.peer.address: expected HOST:PORT such as 10.0.0.12:8490 or "
                "[fd00::12]:8490, not '10.0.0.12:70000'"
            ),
        ),
        (
            f"address: '0.0.0.0:1', listen: '0.0.0.0:1', role: first, {SECRET}",
            "bridge.peer.address: is this bridge's own: expected the other's",
        ),
        (
            f"{GOOD}, {SECRET}, on_isolation: wait",
            "bridge.peer.on_isolation: expected poll or stop, not 'wait'",
        ),
        (
            f"{GOOD}, tls: {{ca: gone.pem, certificate: cert.pem, key: key.pem}}",
            "bridge.peer.tls.ca: no such file gone.pem",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, section: str, said: str) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    main = f"{MAIN}bridge: {{peer: {{{section}}}}}\n"
    (found,) = complaints(tmp_path, {"bcm.yaml": main})
    assert found == f"bcm.yaml:{LINE}: {said}"


def test_a_serial_line_cannot_have_one(tmp_path: Path) -> None:
    """It is a port of one machine."""
    main = MAIN.replace("host: 10.0.0.21", "serial: /dev/ttyUSB0")
    main += f"bridge: {{peer: {{{GOOD}, {SECRET}}}}}\n"
    (found,) = complaints(tmp_path, {"bcm.yaml": main})
    assert found == (
        "bcm.yaml:8: gateways.babel-1.serial: is a serial port of this machine, which "
        "no other bridge can poll: expected a gateway with a host, or no bridge.peer"
    )
