"""The floor: the least that reads meters and publishes their amps in Python, checking nothing.

A thread for each gateway, pyModbusTCP and paho at their defaults; no directory, no alarms, no
outbox, nothing stored. A reply that does not come is a value that is not there.
"""

import json
import sys
import threading
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pyModbusTCP.client import ModbusClient

from benchmarks.bridges.gateways import FIRST_REGISTER, REGISTERS, UNITS


def bridge(client: Client, port: int, period_s: float, *, by_circuit: bool) -> None:
    """Polls one gateway for ever."""
    meters = ModbusClient("127.0.0.1", port, timeout=1.0)
    while True:
        begun, amps = time.monotonic(), []
        for unit in range(1, UNITS + 1):
            meters.unit_id = unit
            read = meters.read_holding_registers(FIRST_REGISTER, REGISTERS)
            amps += [register / 10 for register in read] if read else [None] * REGISTERS
        if by_circuit:
            for pole, value in enumerate(amps, 1):
                if value is not None:
                    client.publish(f"plain/p-{port}/{pole}", f"{value:.1f}")
        else:
            client.publish(f"plain/p-{port}", json.dumps({"time": time.time(), "amps": amps}))
        time.sleep(max(0.0, begun + period_s - time.monotonic()))


if __name__ == "__main__":
    broker, payload, period, *gateways = sys.argv[1:]
    paho = Client(CallbackAPIVersion.VERSION2)
    paho.connect("127.0.0.1", int(broker))
    for gateway in map(int, gateways):
        options = {"by_circuit": payload == "circuit"}
        arguments = (paho, gateway, float(period))
        threading.Thread(target=bridge, args=arguments, kwargs=options, daemon=True).start()
    paho.loop_forever()
