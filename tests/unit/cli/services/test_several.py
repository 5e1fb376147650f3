"""Which of several recorders one is, and what several could only fail at."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.cli.services.several import ALONE, OneOfSeveral, one_of_several
from bcm_mqtt.config import load
from bcm_mqtt.recorder import Part
from unit.cli.conftest import Run


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--part", "1/2"], "database.url: expected PostgreSQL for --part"),
        (["--part", "5/4"], "--part '5/4': expected K/N such as 2/4, with K from 1 to N"),
        (["--part", "0/4"], "--part '0/4': expected K/N such as 2/4, with K from 1 to N"),
        (["--part", "a"], "--part 'a': expected K/N such as 2/4, with K from 1 to N"),
        (["--part", ""], "--part '': expected K/N such as 2/4"),
        (["--part", "1/2", "--share", "a"], "--part and --share: expected one of them"),
        (["--second"], "--second: expected --part K/N beside it"),
        (["--second", "--share", "a"], "--second: expected --part K/N beside it"),
    ],
)
def test_what_cannot_be_a_part_is_refused(
    run: Run, config: Path, options: list[str], reason: str
) -> None:
    said = run("recorder", *options, "-c", config)
    assert said.status == 2
    assert reason in said.err
    assert len(said.err.splitlines()) == 1


def test_a_name_tells_parts_and_their_second_processes_apart(config: Path) -> None:
    settings = replace(load(config), database_url="postgresql+psycopg://bcm@127.0.0.1/bcm")
    assert one_of_several(settings, None, None, second=False) is ALONE
    first = one_of_several(settings, None, "2/4", second=False)
    assert first == OneOfSeveral("part-2-of-4", Part(2, 4))
    assert not first.shares
    second = one_of_several(settings, None, "2/4", second=True)
    assert second == OneOfSeveral("part-2-of-4-second", Part(2, 4))


def test_who_shares_over_mqtt_3_1_1_hears_of_parts(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = replace(load(config), database_url="postgresql+psycopg://bcm@127.0.0.1/bcm")
    assert one_of_several(settings, "a", None, second=False).shares
    assert caplog.messages == []
    broker = replace(settings.mqtt.broker, protocol="3.1.1")
    older = replace(settings, mqtt=replace(settings.mqtt, broker=broker))
    with caplog.at_level(logging.WARNING):
        assert one_of_several(older, "a", None, second=False).shares
    assert "see `recorder --part`" in caplog.messages[0]
