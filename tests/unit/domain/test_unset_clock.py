"""Stamps of a clock that nobody has set yet."""

from datetime import UTC, datetime, timedelta

from bcm_mqtt.domain.reading.clock import NOT_BEFORE, WAITS_S, Unset

BOOT = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_what_waits_gets_the_time_at_which_it_was_given() -> None:
    unset = Unset()
    for after_s in (0, 15, 30):
        unset.gave(("a", BOOT + after_s * SECOND), BOOT + after_s * SECOND, 100.0 + after_s)
        assert unset.waits(("a", BOOT + after_s * SECOND))
        assert unset.known(BOOT + after_s * SECOND, 100.0 + after_s) == {}
    # Set in two steps; only the second one is believed.
    assert unset.known(datetime(2000, 1, 1, tzinfo=UTC), 135.0) == {}
    assert unset.known(NOW, 140.0) == {
        ("a", BOOT): NOW - 40 * SECOND,
        ("a", BOOT + 15 * SECOND): NOW - 25 * SECOND,
        ("a", BOOT + 30 * SECOND): NOW - 10 * SECOND,
    }
    assert not unset.waits(("a", BOOT))
    assert unset.known(NOW, 141.0) == {}


def test_a_clock_that_nobody_sets_holds_nothing_up_for_long() -> None:
    unset = Unset()
    unset.gave(("a", BOOT), BOOT, 0.0)
    late = BOOT + WAITS_S * SECOND
    assert unset.known(late - SECOND, WAITS_S - 1) == {}
    assert unset.known(late, WAITS_S) == {("a", BOOT): BOOT}
    unset.gave(("a", late), late, WAITS_S)
    assert not unset.waits(("a", late))
    # One that was right meanwhile, and is set back, is waited for again.
    unset.gave(("a", NOW), NOW, 700.0)
    assert not unset.waits(("a", NOW))
    unset.gave(("a", BOOT + 900 * SECOND), BOOT + 900 * SECOND, 701.0)
    assert unset.waits(("a", BOOT + 900 * SECOND))


def test_a_clock_that_may_be_right_gives_stamps_that_wait_for_nothing() -> None:
    unset = Unset()
    unset.gave(("a", NOT_BEFORE), NOT_BEFORE, 0.0)
    assert not unset.waits(("a", NOT_BEFORE))
    assert unset.known(NOW, 1.0) == {}
