"""What the side that stands by answers, and when it does not take its turn."""

import asyncio
from pathlib import Path
from unittest.mock import Mock

import pytest

from bcm_mqtt.bridge.pair.answers import Answers
from bcm_mqtt.bridge.pair.lease import Lease, Side
from bcm_mqtt.bridge.pair.likeness import likeness
from bcm_mqtt.bridge.pair.link import Fields
from bcm_mqtt.config import PeerSettings, load
from unit.site_files import write_site

LENGTH_S = 2.0


class StandingBy:
    """A first side whose time a test sets; it reaches the broker, and no gateway."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1_000.0
        self.settings = load(write_site(folder))
        self.lease = Lease(Side.FIRST, LENGTH_S, self.time, polls_in_isolation=True)
        there = ("127.0.0.1", 1)
        peer = PeerSettings(there, there, is_first=True, secret=b"x" * 16)
        self.answers = Answers(self.settings, peer, self.lease, Mock(), Mock(), self.time)

    def time(self) -> float:
        return self.now_s

    async def renewed_by(self, side: str | None) -> Fields:
        fields: dict[str, object] = {"term": (3, side == "first"), "copied": False, "probe": False}
        fields["likeness"] = likeness(self.settings).digests
        if side:
            fields["side"] = side
        return await self.answers.answer("renew", fields)

    async def takes_its_turn(self) -> bool:
        """Whether it has by now."""
        waiting = asyncio.create_task(self.answers.turn())
        for _ in range(10):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return self.lease.is_active


@pytest.fixture
async def standing_by(tmp_path: Path) -> StandingBy:
    return StandingBy(tmp_path)


@pytest.mark.parametrize("side", ["second", None])
async def test_the_other_role_is_no_problem_nor_that_of_a_release_which_does_not_say_it(
    standing_by: StandingBy, side: str | None
) -> None:
    assert (await standing_by.renewed_by(side))["problem"] == ""


async def test_two_bridges_of_one_role_are_said_on_both_and_one_alone_polls(
    standing_by: StandingBy,
) -> None:
    for _ in range(100):
        standing_by.now_s += LENGTH_S / 3
        problem = (await standing_by.renewed_by("first"))["problem"]
        assert not await standing_by.takes_its_turn()
    assert "bridge.peer.role first" in problem
    assert "bridge.peer.role first" in standing_by.answers.problem()
    standing_by.now_s += 3 * LENGTH_S
    assert await standing_by.takes_its_turn()
