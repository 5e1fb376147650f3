"""Logging in to a broker: user and password, TLS, and both protocol versions."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.site import Site

PASSWORD = "a password: with a colon"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that takes TLS and the user `bcm` only."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "bcm", PASSWORD], check=True)
    passwords.chmod(0o600)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    more = (
        f"password_file {passwords}\nallow_anonymous false\n"
        f"certfile {tmp_path}/cert.pem\nkeyfile {tmp_path}/key.pem"
    )
    with Mosquitto(tmp_path / "mosquitto", more) as broker:
        yield broker


def site_with(folder: Path, broker: Mosquitto, meters: Meters, mqtt: str) -> Site:
    return Site(folder, broker.port, meters.port, mqtt)


def test_user_password_and_tls(tmp_path: Path, guarded: Mosquitto, meters: Meters) -> None:
    mqtt = ", username: bcm, password: !secret mqtt, tls: {ca: ../ca.pem}"
    with site_with(tmp_path / "site", guarded, meters, mqtt) as site:
        (site.folder / "secrets.yaml").write_text(f'mqtt: "{PASSWORD}"\n')
        site.publish_months()
        service = site.start("run")
        wait_until(lambda: site.count("snapshot") > 0, 60, service.said)
        assert PASSWORD not in service.said()


@pytest.mark.parametrize(
    ("mqtt", "reason"),
    [
        (", username: bcm, password: wrong, tls: {ca: ../ca.pem}", "refused the connection"),
        (", username: bcm, password: wrong, tls: {}", "certificate verify failed"),
    ],
)
def test_a_refusal_is_one_line_and_no_crash(
    tmp_path: Path, guarded: Mosquitto, meters: Meters, mqtt: str, reason: str
) -> None:
    with site_with(tmp_path / "site", guarded, meters, mqtt) as site:
        service = site.start("bridge")
        wait_until(lambda: reason in service.said(), 60, service.said)
        assert service.running
        # A bridge has two connections, and says it once of each.
        lines = [line for line in service.said().splitlines() if reason in line]
        clients = [line.split(" WARNING ")[1].partition(":")[0] for line in lines]
        assert len(clients) == len(set(clients)) <= 2
        assert "Traceback" not in service.said()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_both_protocol_versions(
    tmp_path: Path, mosquitto: Mosquitto, meters: Meters, protocol: str
) -> None:
    with site_with(tmp_path / "site", mosquitto, meters, f', protocol: "{protocol}"') as site:
        recorder, bridge = site.start("recorder"), site.start("bridge")
        wait_until(lambda: site.count("snapshot") > 0, 60, bridge.said)
        recorder.kill()
        stored = site.count("snapshot")
        # What is published while the recorder is away waits in its session at the broker.
        time.sleep(1)
        again = site.start("recorder")
        wait_until(lambda: site.count("snapshot") > stored, 60, again.said)
        sequence = [seq for (seq,) in site.query("SELECT seq FROM snapshot ORDER BY seq")]
        assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))
