"""Processes that are killed, lose power, or are stopped, and started again."""

from random import Random

from chaos.faults.people import POLES
from chaos.faults.run import Run
from chaos.mqtt import LINKS, Link
from chaos.services import Service


def kill(run: Run, service: Service, drawn: Random, *, power: bool) -> bool:
    """Between any two writes, or at any instant; it is started again."""
    process = service.process
    if process is None or not process.alive or process.fuse is not None:
        return False
    grain = max(1.0, run.world.scale.grain_s)
    if power:
        service.machine.disk.arm()
    wait_s = drawn.uniform(3 * grain, 8 * grain) if power else 0.0
    writes, after, down_s = drawn.randint(1, 25), drawn.random() < 0.5, run.span_s(drawn)

    def light() -> None:
        if process.alive:
            service.power_fails = power
            process.fuse, process.fuse_after = writes, after

    def at_the_latest() -> None:
        if process.alive and process.fuse is not None:
            process.die()

    network = drawn.choice(["", "without a network", "on a dead network"])
    link = LINKS[service.machine.name]
    if network:  # what was not sent before is lost if the disk loses it
        run.later(0 if "without" in network else wait_s, lambda: _away(link, network))
        run.later(wait_s + down_s + 20 * grain, lambda: setattr(link, "up", True))
    run.later(wait_s, light)
    run.later(wait_s + drawn.uniform(0.0, 20 * grain), at_the_latest)
    service.on_killed = lambda: run.later(down_s + grain, lambda: _start(run, service))
    how = f"{'power' if power else 'kill'} at write {writes}"
    return run.fault(f"{service.name}: {how} {network}".rstrip())


def _away(link: Link, how: str) -> None:
    link.up = False
    link.freeze() if "dead" in how else link.cut()


def kill_while_catching_up(run: Run, drawn: Random) -> bool:
    """The recorder was away, and is killed between any two writes of what it gets at once."""
    service = run.world.recorder
    process = service.process
    if process is None or not process.alive or process.fuse is not None:
        return False
    link, down_s = LINKS["recorder"], run.world.scale.length_s * drawn.uniform(0.005, 0.03)
    writes, after = drawn.randint(1, 12), drawn.random() < 0.5
    _away(link, "without a network")

    def back() -> None:
        link.up = True
        if process.alive and process.fuse is None:
            process.fuse, process.fuse_after = writes, after
            service.on_killed = lambda: run.later(
                max(1.0, run.world.scale.grain_s), lambda: _start(run, service)
            )

    run.later(down_s, back)
    return run.fault(f"recorder: away for {down_s:.0f} s, then kill at write {writes}")


def power_after_an_answer(run: Run, drawn: Random) -> bool:
    """Somebody edits or acknowledges, is answered, and the bridge's power fails."""
    service = run.world.bridge
    process = service.process
    if process is None or not process.alive or process.fuse is not None:
        return False
    service.machine.disk.arm()
    wait_s, down_s = drawn.choice([0.0, drawn.uniform(0.0, 1.0)]), run.span_s(drawn)

    def fail() -> None:
        if process.alive and process.fuse is None:
            service.power_fails = True
            service.on_killed = lambda: run.later(down_s, lambda: _start(run, service))
            process.die()

    acknowledges = drawn.random() < 0.3 and run.desk.acknowledge()
    if not acknowledges and not run.desk.edit(*drawn.choice(POLES)):
        return False
    run.desk.when_answered = lambda: run.later(wait_s, fail)
    return run.fault(f"bridge: power {wait_s:.2f} s after its next answer")


def restart(run: Run, service: Service, drawn: Random) -> bool:
    """Stopped in good order, and started again."""
    if not service.runs or (service.process and service.process.fuse is not None):
        return False
    down_s = run.span_s(drawn)

    async def stop_and_start() -> None:
        await service.stop()
        run.later(down_s, lambda: _start(run, service))

    service.stopping = run.world.loop.create_task(stop_and_start())
    return run.fault(f"{service.name}: restart, {down_s:.0f} s away")


def _start(run: Run, service: Service) -> None:
    if service.runs:  # another fault has had it started
        return
    if service.ended.is_set():
        service.start()
    else:
        run.later(1.0, lambda: _start(run, service))
