"""What 200 rack PDUs of 48 outlets cost the bridge: amps, watts and kWh of each every 15 s."""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.databases import Mosquitto
from benchmarks.rack_pdus import OUTLETS
from peers.process import BCM_MQTT, Process, wait_until

PDUS = 200
INTERVAL_S = 15
MEASURED_S = 120
_FIRST_PORT = 21_000
_SETTLES_S = 30
_CONFIGURATION = """\
site: {{id: racks, name: Racks, time_zone: America/New_York}}
mqtt: {{host: 127.0.0.1, port: {broker}}}
database: {{url: "sqlite:///{folder}/bcm.db"}}
bridge: {{data: "{folder}/bridge"}}
gateways:
{gateways}
panels:
{panels}
"""


def run() -> None:
    """Prints the share of a core, and that every poll was answered."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        command = (sys.executable, "-m", "benchmarks.rack_pdus", str(PDUS), str(_FIRST_PORT))
        agents = Process(command, folder / "agents.log")
        with Mosquitto(folder / "mosquitto") as broker, agents:
            wait_until(lambda: "serving" in agents.said(), 60, agents.said)
            _write(folder, broker.port)
            arguments = (*BCM_MQTT, "bridge", "-c", str(folder / "bcm.yaml"))
            with Process(arguments, folder / "bridge.log") as bridge:
                wait_until(lambda: "values served" in agents.said(), 120, bridge.said)
                time.sleep(_SETTLES_S)
                served, begun, spent = _served(agents), time.monotonic(), _cpu_s(bridge.pid)
                time.sleep(MEASURED_S)
                passed = time.monotonic() - begun
                share = (_cpu_s(bridge.pid) - spent) / passed
                values = (_served(agents) - served) / passed
                assert values > 0.95 * PDUS * OUTLETS * 3 / INTERVAL_S, bridge.said()
    print(
        f"{PDUS} PDUs of {OUTLETS} outlets every {INTERVAL_S} s: {values:,.0f} values/s; "
        f"the bridge takes {100 * share:.0f} % of a core"
    )


def _write(folder: Path, broker: int) -> None:
    gateways = "\n".join(
        f"  pdu-{n}: {{snmp: {{host: 127.0.0.1, port: {_FIRST_PORT + n}, community: public}}}}"
        for n in range(PDUS)
    )
    panel = f"profile: apc-rpdu2, poles: {OUTLETS}, service: 230/400"
    panels = "\n".join(f"  pdu-{n}: {{snmp: pdu-{n}, {panel}}}" for n in range(PDUS))
    (folder / "bcm.yaml").write_text(
        _CONFIGURATION.format(broker=broker, folder=folder, gateways=gateways, panels=panels)
    )
    rows = (
        f"pdu-{n},{outlet},Customer{outlet % 7}-{n}-{outlet},16"
        for n in range(PDUS)
        for outlet in range(1, OUTLETS + 1)
    )
    table = "\n".join(["panel,poles,description,rating", *rows])
    (folder / "circuits.csv").write_text(table + "\n")


def _served(agents: Process) -> int:
    return int(agents.said().split()[-3])


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
