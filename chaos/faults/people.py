"""What people do, and what circuits draw."""

from random import Random

from chaos.faults.run import Run

POLES = [("pa", pole) for pole in range(1, 7)] + [("pb", pole) for pole in (1, 3, 5)]


def overload(run: Run, drawn: Random) -> bool:
    """A circuit draws too much for some polls."""
    panel, pole = drawn.choice(POLES)
    now, poll_s = run.world.loop.now, run.world.poll_s[panel]
    end = now + poll_s * drawn.uniform(5, 30)
    taken = run.world.load.overloads
    if any(one[:2] == (panel, pole) and one[3] + 20 * poll_s > now for one in taken):
        return False
    taken.append((panel, pole, now, end))
    return run.fault(f"overload of {panel} {pole} until {end:.0f}")


def edit(run: Run, drawn: Random) -> bool:
    """Somebody edits a circuit."""
    panel, pole = drawn.choice(POLES)
    return run.desk.edit(panel, pole) and run.fault(f"edit of {panel} {pole}")


def acknowledge(run: Run, drawn: Random) -> bool:
    """Somebody acknowledges an alarm."""
    del drawn
    return run.desk.acknowledge() and run.fault("acknowledgement")
