"""Registers of one panel to thousandths: part of every poll."""

from timeit import repeat

from bcm_mqtt.modbus import read_plan
from bcm_mqtt.profiles import shipped_profiles

ROUNDS = 2000


def run() -> None:
    """Decodes replies of every shipped profile and prints how long each took."""
    for profile in shipped_profiles().values():
        units = range(1, profile.unit_count + 1)
        plan = read_plan("rpp-1a", profile, units, profile.pole_count)
        # Small numbers, so that exponents and codes among them are good ones.
        replies = [[index % 3 for index in range(request.count)] for request in plan.requests]
        values = sum(map(len, plan.decoding.decoded(replies).values()))
        took = repeat(lambda: plan.decoding.decoded(replies), number=ROUNDS, repeat=5)  # noqa: B023 - at once
        print(f"decoding {profile.id}: {min(took) / ROUNDS * 1e6:.1f} µs, {values} values")
