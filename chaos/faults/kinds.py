"""All kinds of fault, and how often each comes."""

from chaos.faults import line, machines, network, people, processes
from chaos.faults.run import Kind

KINDS: dict[str, Kind] = {
    "bridge-kill": Kind(lambda r, d: processes.kill(r, r.world.bridge, d, power=False), 2),
    "bridge-power": Kind(lambda r, d: processes.kill(r, r.world.bridge, d, power=True), 2),
    "bridge-restart": Kind(lambda r, d: processes.restart(r, r.world.bridge, d)),
    "recorder-kill": Kind(lambda r, d: processes.kill(r, r.world.recorder, d, power=False), 2),
    "recorder-power": Kind(lambda r, d: processes.kill(r, r.world.recorder, d, power=True), 2),
    "recorder-restart": Kind(lambda r, d: processes.restart(r, r.world.recorder, d)),
    "kill-while-catching-up": Kind(processes.kill_while_catching_up, 2),
    "power-after-an-answer": Kind(processes.power_after_an_answer),
    "broker-restart": Kind(lambda r, d: network.restart_broker(r, d, saving=True)),
    "broker-kill": Kind(lambda r, d: network.restart_broker(r, d, saving=False)),
    "session-loss": Kind(network.lose_session),
    "queue-overflow": Kind(network.overflow),
    "connection-reset": Kind(network.cut, 2),
    "connection-dead": Kind(network.freeze, 2),
    "outage": Kind(network.outage, 2),
    "slow-network": Kind(network.slow),
    "silent-unit": Kind(lambda r, d: line.mood(r, d, "silent"), 2),
    "late-unit": Kind(lambda r, d: line.mood(r, d, "late")),
    "refusing-unit": Kind(lambda r, d: line.mood(r, d, "refuses")),
    "unreachable-unit": Kind(lambda r, d: line.mood(r, d, "unreachable")),
    "lying-unit": Kind(lambda r, d: line.mood(r, d, "lies"), 2),
    "torn-reply": Kind(lambda r, d: line.mood(r, d, "stutters")),
    "gateway-down": Kind(line.gateway_down),
    "slow-disk": Kind(machines.slow_disk),
    "full-disk": Kind(machines.full_disk),
    "clock-step": Kind(machines.step),
    "overload": Kind(people.overload, 3),
    "edit": Kind(people.edit, 4),
    "acknowledgement": Kind(people.acknowledge, 2),
}
