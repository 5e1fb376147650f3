"""The one-time token of the set-up page: one session at a time, until it is left."""

from datetime import UTC, datetime, timedelta

from bcm_mqtt.setup.one_time_token import IDLE, OneTimeToken


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_token_lets_in_once_and_another_person_not_at_all() -> None:
    made: list[str] = []
    token = OneTimeToken(Clock(), made.append)
    assert token.begin("") is None
    assert token.begin(made[0][:-1]) is None
    assert token.begin("\N{SNOWMAN}") is None
    session = token.begin(made[0])
    assert session
    assert session != made[0]
    assert token.lets_in(session)
    assert token.begin(made[0]) is None
    assert not token.lets_in(made[0])
    assert not token.lets_in("")
    assert len(made) == 1


def test_who_leaves_is_replaced_and_who_stays_is_not() -> None:
    clock, made = Clock(), list[str]()
    token = OneTimeToken(clock, made.append)
    session = token.begin(made[0])
    assert session
    for _ in range(3):
        clock.now += IDLE
        assert token.lets_in(session)
    clock.now += IDLE + timedelta(seconds=1)
    token.look()
    assert not token.lets_in(session)
    assert not token.lets_in("")
    assert token.begin(made[0]) is None
    assert len(set(made)) == 2
    assert token.begin(made[1])


def test_a_token_that_nobody_used_stays() -> None:
    clock, made = Clock(), list[str]()
    token = OneTimeToken(clock, made.append)
    clock.now += 10 * IDLE
    token.look()
    assert token.begin(made[0])
    assert len(made) == 1
