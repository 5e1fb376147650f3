"""Repeats in the log are counted instead of written."""

import logging
from collections.abc import Callable

import pytest

from bcm_mqtt.cli.services.log import Quiet


class Noting(logging.Handler):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.records]


class Log:
    """A logger behind a quiet handler whose clock the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.written = Noting()
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        self.quiet = Quiet(self.written, lambda: self.now, self.later)
        self.logger = self.named("bcm_mqtt.test")

    def named(self, name: str) -> logging.Logger:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers[:] = [self.quiet]
        logger.setLevel(logging.DEBUG)
        return logger

    def failed(self, text: str, error: str, **about: str) -> None:
        """Logs an error with its traceback."""
        try:
            raise_it(error)
        except ValueError:
            self.logger.exception(text, extra=about)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self.alarms.append((self.now + seconds, call))

    def wait_until(self, seconds: float) -> None:
        """The clock goes on; alarms go off when they are due."""
        while due := [alarm for alarm in self.alarms if alarm[0] <= seconds]:
            alarm = min(due, key=lambda item: item[0])
            self.alarms.remove(alarm)
            self.now = alarm[0]
            alarm[1]()
        self.now = seconds


def raise_it(text: str) -> None:
    raise ValueError(text)


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_repeat_is_written_once_and_counted_when_the_minute_is_over(log: Log) -> None:
    for second in range(10):
        log.wait_until(second)
        log.logger.warning("outbox: %s", "disk full")
    assert log.written.lines == ["outbox: disk full"]
    log.wait_until(61)
    repeats = "outbox: disk full (repeated 9 times in the last minute)"
    assert log.written.lines == ["outbox: disk full", repeats]
    assert log.alarms == []


def test_a_storm_that_goes_on_is_two_lines_a_minute(log: Log) -> None:
    for second in range(300):
        log.wait_until(second)
        log.logger.warning("again")
    log.wait_until(400)
    assert log.written.lines == ["again", "again (repeated 59 times in the last minute)"] * 5


def test_a_line_that_is_not_repeated_is_written_as_it_is_and_forgotten(log: Log) -> None:
    log.logger.info("gateway %s: open", "gw")
    log.wait_until(59)
    log.logger.info("gateway %s: open", "gw-2")
    log.wait_until(60)
    log.logger.info("gateway %s: open", "gw")
    log.wait_until(1000)
    assert log.written.lines == ["gateway gw: open", "gateway gw-2: open", "gateway gw: open"]


def test_lines_of_a_kind_are_20_a_minute_and_the_others_counted(log: Log) -> None:
    for number in range(50):
        log.logger.warning("panel %d: %s polls left out", number, 100)
    assert len(log.written.lines) == 20
    log.wait_until(60)
    assert log.written.lines[20:] == [
        "panel 49: 100 polls left out (the latest of 30 more such lines in the last minute)"
    ]
    log.logger.warning("panel %d: %s polls left out", 1, 100)
    assert log.written.lines[-1] == "panel 1: 100 polls left out"


def test_another_level_logger_or_error_is_another_line(log: Log) -> None:
    log.logger.warning("away")
    log.logger.error("away")
    log.named("bcm_mqtt.test.other").warning("away")
    for error in ("a", "b", "b"):
        log.failed("away", error)
    assert log.written.lines == ["away"] * 5


def test_the_count_is_about_the_same_gateway_and_has_no_traceback(log: Log) -> None:
    for _ in range(2):
        log.failed("100% lost", "no", gateway="gw")
    log.wait_until(60)
    _, count = log.written.records
    assert count.getMessage() == "100% lost (repeated once in the last minute)"
    assert vars(count)["gateway"] == "gw"
    assert (count.levelname, count.name) == ("ERROR", "bcm_mqtt.test")
    assert count.exc_info is None


def test_what_was_held_back_is_told_when_the_log_is_closed(log: Log) -> None:
    log.logger.info("twice")
    log.logger.info("twice")
    log.quiet.close()
    assert log.written.lines == ["twice", "twice (repeated once in the last minute)"]
