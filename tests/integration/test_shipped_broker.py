"""The broker's configuration of compose.yaml, in a real Mosquitto."""

import subprocess
from pathlib import Path

from peers.process import Process, accepts, free_port, wait_until

CONFIGURATION = Path(__file__).parents[2] / "config" / "mosquitto" / "mosquitto.conf"
MESSAGES = 1500
"""More than the broker keeps for a client by default."""


def test_the_shipped_configuration_keeps_a_session_over_a_restart(tmp_path: Path) -> None:
    port = free_port()
    text = CONFIGURATION.read_text().replace("listener 1883", f"listener {port} 127.0.0.1")
    (tmp_path / "data").mkdir()
    text = text.replace("/mosquitto/data/", f"{tmp_path}/data/")
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"{text}\nuser root\n")

    def broker() -> Process:
        process = Process(["/usr/sbin/mosquitto", "-c", str(configuration)], tmp_path / "log")
        wait_until(lambda: accepts(port), 30, process.said)
        return process

    def run(program: str, *options: str, lines: str = "") -> str:
        command = [program, "-p", str(port), "-t", "bcm/x", "-q", "1", *options]
        return subprocess.run(
            command, input=lines, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    session = ("-i", "recorder", "-c", "-V", "311")
    with broker() as first:
        run("mosquitto_sub", *session, "-E")
        lines = "".join(f"{number}\n" for number in range(MESSAGES))
        run("mosquitto_pub", "-l", lines=lines)
        first.stop()
    with broker():
        found = run("mosquitto_sub", *session, "-C", str(MESSAGES)).split()
    assert found == [str(number) for number in range(MESSAGES)]
