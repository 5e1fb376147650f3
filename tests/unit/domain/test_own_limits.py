"""Limits of a circuit and of a customer in place of the site's: 80 % and 100 %."""

import pytest

from bcm_mqtt.domain.alarms.own_limits import AllLimits, OwnLimits
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, AlarmLimits


def overload(
    circuit: OwnLimits | None = None,
    customer: OwnLimits | None = None,
    *,
    fully_rated: bool = False,
) -> tuple[float, float | None]:
    every = AllLimits(
        customers={"acme": customer} if customer else {},
        circuits={("rpp-1a", 3): circuit} if circuit else {},
    )
    limits = every.of("rpp-1a", 3, AlarmKind.OVERLOAD, "acme", fully_rated=fully_rated)
    return limits.warning, limits.critical


@pytest.mark.parametrize(
    ("circuit", "customer", "expected"),
    [
        (None, None, (80, 100)),
        (None, OwnLimits(70, 90), (70, 90)),
        (OwnLimits(60, 95), OwnLimits(70, 90), (60, 95)),
        (OwnLimits(60), OwnLimits(70, 90), (60, 90)),
        (OwnLimits(critical=95), OwnLimits(70, 90), (70, 95)),
        (None, OwnLimits(critical=60), (60, 60)),  # the site's warning gives way
        (OwnLimits(120), None, (120, 120)),  # the site's critical does
        (OwnLimits(95), OwnLimits(critical=90), (95, 95)),
        (OwnLimits(critical=65), OwnLimits(70), (65, 65)),
    ],
)
def test_the_narrowest_holds(
    circuit: OwnLimits | None, customer: OwnLimits | None, expected: tuple[float, float]
) -> None:
    assert overload(circuit, customer) == expected


def test_a_fully_rated_breaker_warns_at_critical_unless_a_warning_is_stated() -> None:
    assert overload(fully_rated=True) == (100, 100)
    assert overload(OwnLimits(critical=90), fully_rated=True) == (90, 90)
    assert overload(OwnLimits(85), fully_rated=True) == (85, 100)


def test_other_circuits_kinds_and_the_main_have_the_sites() -> None:
    every = AllLimits(
        AlarmLimits(warning=75, deadband=3, on_delay=4),
        {"acme": OwnLimits(50)},
        {("rpp-1a", 3): OwnLimits(60)},
    )

    def of(pole: int, kind: AlarmKind, customer: str = "") -> tuple[float, float, int]:
        limits = every.of("rpp-1a", pole, kind, customer, fully_rated=False)
        return limits.warning, limits.deadband, limits.on_delay

    assert of(3, AlarmKind.OVERLOAD) == (60, 3, 4)
    assert of(5, AlarmKind.OVERLOAD, "acme") == (50, 3, 4)
    assert of(5, AlarmKind.OVERLOAD) == (75, 3, 4)
    assert of(MAIN, AlarmKind.OVERLOAD, "acme") == (75, 3, 4)
    assert of(3, AlarmKind.NO_DATA, "acme") == (0.5, 0, 4)
