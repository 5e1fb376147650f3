"""What goes wrong between a machine and the broker, and with the broker itself."""

from random import Random

from chaos.faults.run import Run
from chaos.mqtt import LINKS


def restart_broker(run: Run, drawn: Random, *, saving: bool) -> bool:
    """It is away for a while."""
    broker = run.world.broker
    if not broker.up:
        return False
    broker.stop(saving=saving)
    down_s = run.span_s(drawn)
    run.later(down_s, run.start_broker)
    return run.fault(f"broker {'stops' if saving else 'is killed'} for {down_s:.0f} s")


def cut(run: Run, drawn: Random) -> bool:
    """A machine's connections are reset."""
    name = drawn.choice(["bridge", "recorder"])
    LINKS[name].cut()
    return run.fault(f"{name}: connection reset")


def freeze(run: Run, drawn: Random) -> bool:
    """A machine's connections are dead, and nobody notices yet."""
    name = drawn.choice(["bridge", "recorder"])
    LINKS[name].freeze()
    return run.fault(f"{name}: connection dead")


def outage(run: Run, drawn: Random) -> bool:
    """A machine cannot reach the broker."""
    name, down_s = drawn.choice(["bridge", "recorder"]), run.span_s(drawn)
    link = LINKS[name]
    link.up = False
    link.freeze() if drawn.random() < 0.5 else link.cut()

    def back() -> None:
        link.up = True

    run.later(down_s, back)
    return run.fault(f"{name}: no network for {down_s:.0f} s")


def slow(run: Run, drawn: Random) -> bool:
    """Round trips of a second."""
    run.world.slow = True

    def fast() -> None:
        run.world.slow = False

    run.later(run.span_s(drawn), fast)
    return run.fault("slow network")


def lose_session(run: Run, drawn: Random) -> bool:
    """The broker forgets a session and what waits in it."""
    clients = [one for one in run.world.broker.sessions if one != "desk"]
    if not clients:
        return False
    client = drawn.choice(clients)
    run.world.broker.forget(client)
    return run.fault(f"broker forgets the session of {client}")


def overflow(run: Run, drawn: Random) -> bool:
    """The recorder is away for longer than the broker's queue."""
    limit, down_s = drawn.randint(3, 30), run.world.scale.length_s * drawn.uniform(0.02, 0.1)
    run.world.broker.max_queued = limit
    link = LINKS["recorder"]
    link.up = False
    link.cut()

    def back() -> None:
        link.up = True
        run.world.broker.max_queued = 0

    run.later(down_s, back)
    return run.fault(f"queue of {limit}, recorder away for {down_s:.0f} s")
