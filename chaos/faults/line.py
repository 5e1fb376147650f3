"""What goes wrong with meters and gateways."""

from random import Random

from chaos.faults.run import Run


def mood(run: Run, drawn: Random, mood: str) -> bool:
    """A meter answers otherwise for a while."""
    gateway = run.world.gateways[drawn.choice(["gw-a", "gw-b"])]
    number = drawn.choice(sorted(gateway.units))
    unit = gateway.units[number]
    unit.mood = mood

    def well() -> None:
        if unit.mood == mood:
            unit.mood = "well"

    run.later(run.span_s(drawn), well)
    return run.fault(f"unit {number} of {unit.panel} {mood}")


def gateway_down(run: Run, drawn: Random) -> bool:
    """A gateway is away."""
    name = drawn.choice(["gw-a", "gw-b"])
    gateway, down_s = run.world.gateways[name], run.span_s(drawn)
    gateway.go(up=False)
    run.later(down_s, lambda: gateway.go(up=True))
    return run.fault(f"gateway {name} away for {down_s:.0f} s")
