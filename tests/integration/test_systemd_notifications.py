"""What systemd hears of the services, on a socket in its place."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from threading import Event

import pytest

from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from peers.meters import Meters
from peers.process import free_port
from peers.site import Site
from peers.systemd import Systemd

WATCHDOG_USEC = "600000"


@pytest.fixture
def name() -> str:
    return f"bcm-mqtt-test-{token_hex(8)}"


@pytest.fixture
def systemd(name: str) -> Iterator[Systemd]:
    listening = Systemd(f"\0{name}")  # an abstract socket: it has no file
    yield listening
    listening.close()


@pytest.fixture
def site(tmp_path: Path, meters: Meters) -> Iterator[Site]:
    with Site(tmp_path / "site", free_port(), meters.port) as without_broker:
        yield without_broker


@pytest.mark.parametrize("command", ["bridge", "recorder", "run", "web"])
def test_a_service_is_ready_without_a_broker_and_gives_signs_of_life_until_it_stops(
    site: Site, systemd: Systemd, name: str, command: str
) -> None:
    service = site.start(command, NOTIFY_SOCKET=f"@{name}", WATCHDOG_USEC=WATCHDOG_USEC)
    systemd.wait_for("READY=1")
    systemd.wait_for("WATCHDOG=1")
    systemd.wait_for("WATCHDOG=1")
    assert service.stop() == 0
    systemd.listen()
    assert "STOPPING=1" in systemd.heard
    assert systemd.heard.count("READY=1") == 1
    assert any(line.startswith("STATUS=") and "broker away" in line for line in systemd.heard)
    assert "Traceback" not in service.said()


def test_a_process_that_stands_still_gives_no_sign_of_life(
    site: Site, systemd: Systemd, name: str
) -> None:
    service = site.start("bridge", NOTIFY_SOCKET=f"@{name}", WATCHDOG_USEC=WATCHDOG_USEC)
    systemd.wait_for("WATCHDOG=1")
    service.send(signal.SIGSTOP)
    time.sleep(0.5)  # the signal may take a moment
    systemd.listen()
    time.sleep(2)
    assert systemd.listen() == []
    service.send(signal.SIGCONT)
    systemd.wait_for("WATCHDOG=1")
    assert service.stop() == 0


def test_the_watchdogs_period_is_read_unless_it_is_meant_for_another_process() -> None:
    assert Notifier({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"}).watchdog_s == 0
    assert Notifier({"WATCHDOG_USEC": "2000000"}).watchdog_s == 2
    assert Notifier({"WATCHDOG_USEC": "soon"}).watchdog_s == 0


def test_a_socket_with_a_file_is_written_to() -> None:
    with TemporaryDirectory() as folder:  # a socket's path is at most 107 bytes
        listening = Systemd(f"{folder}/notify")
        notifier = Notifier({"NOTIFY_SOCKET": f"{folder}/notify"})
        notifier.ready()
        notifier.health([], "2 of 2 panels answer")
        notifier.stopping()
        assert listening.listen() == [
            *("READY=1", "WATCHDOG=1", "STATUS=2 of 2 panels answer", "STOPPING=1")
        ]
        listening.close()
    notifier.ready()  # nobody listens any more, which is no reason to fail


def test_a_service_that_is_not_well_says_why_and_gives_no_sign_of_life(
    systemd: Systemd, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    ills = ["the event loop does not respond"]
    notifier = Notifier({"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "30000"})
    started = Event()
    with reporting_health(notifier, started, lambda: (list(ills), "fine")):
        time.sleep(0.3)
        assert systemd.listen() == []
        started.set()
        systemd.wait_for("STATUS=unhealthy: the event loop does not respond")
        time.sleep(0.3)
        systemd.listen()
        assert "WATCHDOG=1" not in systemd.heard
        ills.clear()
        systemd.wait_for("WATCHDOG=1")
    assert "unhealthy: the event loop does not respond" in caplog.text


def test_without_systemd_nothing_is_looked_at() -> None:
    def look() -> tuple[list[str], str]:
        raise AssertionError

    started = Event()
    started.set()
    with reporting_health(Notifier({}), started, look):
        time.sleep(0.2)
