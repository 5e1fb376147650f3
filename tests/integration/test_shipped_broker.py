"""The broker's configuration that is shipped, in a real Mosquitto."""

import subprocess
import time
from pathlib import Path

import pytest

from bcm_mqtt.mqtt.client import RECEIVE_MAXIMUM, Broker, Message, MqttClient
from peers.meters import Meters
from peers.process import wait_until
from peers.shipped_broker import ADMIN, OWNER, ShippedBroker
from peers.site import Site

MESSAGES = 1500
"""More than the broker keeps for a client by default."""
PASSWORD = "with: a colon, $(spaces) and 'quotes'"


def run(broker: ShippedBroker, program: str, *options: str, lines: str = "") -> str:
    access = ["-p", str(broker.port), "-u", ADMIN, "-P", PASSWORD, "-t", "bcm/x", "-q", "1"]
    return subprocess.run(
        [program, *access, *options],
        input=lines,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def publish(broker: ShippedBroker) -> None:
    run(broker, "mosquitto_pub", "-l", lines="".join(f"{number}\n" for number in range(MESSAGES)))


SESSION = ("-i", "recorder", "-c", "-V", "311")


def test_a_session_is_kept_over_a_restart(tmp_path: Path) -> None:
    broker = ShippedBroker(tmp_path)
    with broker.running({ADMIN: PASSWORD}):
        run(broker, "mosquitto_sub", *SESSION, "-E")
        publish(broker)
    with broker.running({ADMIN: PASSWORD}):
        found = run(broker, "mosquitto_sub", *SESSION, "-C", str(MESSAGES)).split()
    assert found == [str(number) for number in range(MESSAGES)]


def test_what_was_saved_survives_a_kill(tmp_path: Path) -> None:
    broker = ShippedBroker(tmp_path)
    saved = tmp_path / "mosquitto" / "data" / "mosquitto.db"
    conf = tmp_path / "etc" / "mosquitto" / "conf.d" / "bcm-mqtt.conf"
    text = conf.read_text()
    assert "autosave_interval 60\n" in text
    conf.write_text(text.replace("autosave_interval 60\n", "autosave_interval 1\n"))
    with broker.running({ADMIN: PASSWORD}) as process:
        run(broker, "mosquitto_sub", *SESSION, "-E")
        publish(broker)
        published = time.time()
        wait_until(lambda: saved.exists() and saved.stat().st_mtime > published, 60, process.said)
        process.kill()
    with broker.running({ADMIN: PASSWORD}):
        found = run(broker, "mosquitto_sub", *SESSION, "-C", str(MESSAGES)).split()
    assert found == [str(number) for number in range(MESSAGES)]


@pytest.mark.parametrize(
    "user", [(), ("-u", ADMIN, "-P", "wrong"), ("-u", "dashboard", "-P", ""), ("-u", "dashboard")]
)
def test_nobody_gets_in_without_a_password_that_was_set(
    tmp_path: Path, user: tuple[str, ...]
) -> None:
    broker = ShippedBroker(tmp_path)
    with broker.running({ADMIN: PASSWORD, "dashboard": ""}):
        command = ["mosquitto_sub", "-p", str(broker.port), *user, "-t", "bcm/x", "-E"]
        done = subprocess.run(command, check=False, capture_output=True, timeout=60)
        assert b"not authorised" in done.stderr.lower(), done.stderr


def test_the_passwords_are_kept_hashed_and_for_the_broker_alone(tmp_path: Path) -> None:
    with ShippedBroker(tmp_path).running({ADMIN: PASSWORD}) as process:
        file = tmp_path / "etc" / "mosquitto" / "bcm-mqtt.passwords"
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.owner() == OWNER
        assert PASSWORD not in file.read_text() + process.said()


def test_mqtt_3_1_1_gets_as_many_messages_ahead_as_mqtt_5(tmp_path: Path) -> None:
    broker = ShippedBroker(tmp_path)
    came: list[Message] = []
    with broker.running({ADMIN: PASSWORD}) as process:
        access = Broker(port=broker.port, protocol="3.1.1", username=ADMIN, password=PASSWORD)
        client = MqttClient(
            access,
            "recorder",
            on_connect=lambda: client.subscribe("bcm/x"),
            on_message=came.append,
            manual_ack=True,
        )
        client.start()
        client.ready.wait(30)
        publish(broker)
        wait_until(lambda: len(came) >= RECEIVE_MAXIMUM, 30, process.said)
        client.stop()
    assert len(came) == RECEIVE_MAXIMUM


@pytest.mark.parametrize("services", [("bridge", "recorder"), ("run",)])
def test_the_services_do_their_work_as_their_roles(
    tmp_path: Path, meters: Meters, services: tuple[str, ...]
) -> None:
    broker = ShippedBroker(tmp_path / "broker")
    users = {"bridge": "bridge", "recorder": "recorder", "run": "bcm-mqtt"}
    mqtt = ", username: !env BCM_MQTT_USERNAME, password: !env BCM_MQTT_PASSWORD"
    with (
        broker.running(dict.fromkeys([ADMIN, *users.values()], PASSWORD)) as process,
        Site(tmp_path / "site", broker.port, meters.port, mqtt) as site,
    ):
        site.publish_every_second()
        started = []
        for name in services:
            access = {"BCM_MQTT_USERNAME": users[name], "BCM_MQTT_PASSWORD": PASSWORD}
            started.append(site.start(name, **access))
        wait_until(lambda: site.count("snapshot") > 0, 60, process.said)
        wait_until(lambda: site.count("circuit_version") > 0, 60, process.said)
        month = "bcm/customer/Customer1/month_to_date"
        assert "Customer1" in run(broker, "mosquitto_sub", "-t", month, "-C", "1", "-W", "50")
        # Mosquitto 2.0.11 drops the connection of who publishes what it may not.
        assert [service.said() for service in started if "lost" in service.said()] == []


def test_whoever_connects_gets_all_that_is_retained_of_a_large_site(tmp_path: Path) -> None:
    """Of 100 panels, more comes at once than a queue of 1000 messages, or of a few MB, holds."""
    broker = ShippedBroker(tmp_path)
    messages, size = 10_000, 4_000
    came: list[Message] = []
    with broker.running({ADMIN: PASSWORD}) as process:
        access = Broker(port=broker.port, username=ADMIN, password=PASSWORD)
        sender = MqttClient(access, "bridge", on_connect=lambda: None, on_message=came.append)
        sender.start()
        sender.ready.wait(30)
        for number in range(messages):
            sender.publish(f"bcm/x/{number}", b"x" * size, qos=1, retain=True)
        sender.publish_and_wait("bcm/y", b"", timeout=60)
        sender.stop()
        client = MqttClient(
            access,
            "home-assistant",
            on_connect=lambda: client.subscribe("bcm/x/+"),
            on_message=came.append,
        )
        client.start()
        wait_until(lambda: len(came) >= messages, 60, process.said)
        client.stop()
    assert len({message.topic for message in came}) == messages


def test_a_client_that_stays_away_does_not_fill_the_brokers_memory(tmp_path: Path) -> None:
    broker = ShippedBroker(tmp_path)
    with broker.running({ADMIN: PASSWORD}) as process:
        run(broker, "mosquitto_sub", *SESSION, "-E")
        run(broker, "mosquitto_pub", "-l", lines=f"{'x' * 400}\n" * 400_000)
        status = Path(f"/proc/{process.pid}/status").read_text()
        used_kb = int(next(line for line in status.splitlines() if "VmHWM" in line).split()[1])
    assert 60_000 < used_kb < 250_000
