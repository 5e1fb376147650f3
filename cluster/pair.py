"""A pair of bridges in all that can befall one of them: polls missed, and polls of both at once.

Polls come every second; the lease is 2 s; the second gives back after 5 s.
"""

import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.pair import FIRST, LEASE_S, SECOND, Pair, Side
from peers.process import wait_until
from peers.wire import Wire

_CUT_S = 20.0


def run() -> int:
    """Prints a line for each; 1 where both bridges polled, or one did not go on."""
    print("| what befalls the first bridge | polls missed | longest pause, s | nearest, s | of |")
    print("|---|---|---|---|---|")
    failed = 0
    for what, scenario in SCENARIOS.items():
        try:
            scenario(what)
        except AssertionError:
            traceback.print_exc()
            failed = 1
    return failed


@contextmanager
def _running(*first: Mosquitto, **peer: str) -> Iterator[Pair]:
    """With a broker that runs on, and others before it."""
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Meters() as meters,
        Mosquitto(Path(folder) / "broker") as broker,
        Pair(Path(folder), meters, *first, broker, **peer) as pair,
    ):
        yield pair
        assert "Traceback" not in pair.said()
        assert pair.alternations() == 0, "both polled"


def _measured(pair: Pair, what: str, since: datetime) -> None:
    time.sleep(3)  # what is on its way
    gaps = [gap.total_seconds() for gap in pair.gaps(since)]
    print(
        f"| {what} | {pair.missed(since)} | {max(gaps):.1f} | {min(gaps):.1f} | {len(gaps) + 1} |",
        flush=True,
    )


def _is_killed(what: str) -> None:
    with _running() as pair:
        since, first = pair.times()[-1], pair.sides[FIRST]
        first.kill()
        pair.wait_for(SECOND)
        _measured(pair, what, since)
        since = pair.times()[-1]
        first.start()
        pair.wait_for(FIRST)
        _measured(pair, "it is back, and polls again", since)


def _stands_still(what: str) -> None:
    with _running() as pair:
        since, first = pair.times()[-1], pair.sides[FIRST]
        assert first.process
        first.process.send(signal.SIGSTOP)
        pair.wait_for(SECOND)
        time.sleep(_CUT_S / 2)
        first.process.send(signal.SIGCONT)
        pair.wait_for(FIRST, 60)
        _measured(pair, what, since)


def _is_cut_off(what: str, wires: Callable[[Side], list[Wire]]) -> None:
    """On isolation it stops: on meters that answer several masters both would poll else."""
    with _running(on_isolation="stop") as pair:
        since, first, second = pair.times()[-1], pair.sides[FIRST], pair.sides[SECOND]
        cut = wires(first)
        cut += [second.peer] if first.peer in cut else []
        for wire in cut:
            wire.cut()
        pair.wait_for(SECOND, 60)
        time.sleep(_CUT_S)
        for wire in cut:
            wire.mend()
        pair.wait_for(FIRST, 90)
        _measured(pair, what, since)


def _link_is_cut(what: str) -> None:
    """Each hears of the other through the broker."""
    with _running() as pair:
        since = pair.times()[-1]
        for side in pair.sides.values():
            side.peer.cut()
        wait_until(lambda: pair.lease().get("standby") is False, 30)
        time.sleep(_CUT_S)
        assert pair.lease()["first"] is True
        for side in pair.sides.values():
            side.peer.mend()
        pair.wait_for_standby(SECOND)
        _measured(pair, what, since)


def _is_alone(what: str) -> None:
    """By default it goes on: its outbox has every poll."""
    with _running() as pair:
        since = pair.times()[-1]
        pair.sides[SECOND].kill()
        for side in pair.sides.values():
            side.broker.cut()
        time.sleep(_CUT_S)
        pair.sides[FIRST].broker.mend()
        before = len(pair.times())
        wait_until(lambda: len(pair.times()) > before + _CUT_S, 90, pair.said)
        _measured(pair, what, since)


def _of_two_brokers(what: str) -> None:
    """Both have the lease, so that the second bridge hears of it by the one that is left."""
    with (
        TemporaryDirectory() as folder,
        Mosquitto(Path(folder)) as broker,
        _running(broker) as pair,
    ):
        since, before = pair.times()[-1], len(pair.times())
        broker.process.kill()
        wait_until(lambda: len(pair.times()) > before + 2 * LEASE_S, 90, pair.said)
        assert pair.lease()["first"] is True
        _measured(pair, what, since)
        since = pair.times()[-1]
        pair.sides[FIRST].kill()
        pair.wait_for(SECOND, 60)
        _measured(pair, "then it is killed", since)


CUTS: dict[str, Callable[[Side], list[Wire]]] = {
    "broker": lambda side: [side.broker],
    "gateway": lambda side: [side.gateway],
    "broker and gateway": lambda side: [side.broker, side.gateway],
    "broker and the other bridge": lambda side: [side.broker, side.peer],
    "broker, gateway and the other bridge": lambda side: [side.broker, side.gateway, side.peer],
}
SCENARIOS: dict[str, Callable[[str], None]] = {
    "it is killed": _is_killed,
    "it is stopped (SIGSTOP), and goes on": _stands_still,
    **{
        f"it is cut off from {what} for 20 s and more": partial(_is_cut_off, wires=wires)
        for what, wires in CUTS.items()
    },
    "the link between the two is cut for 20 s": _link_is_cut,
    "the broker is away for 20 s and the second killed": _is_alone,
    "the first of two brokers is killed": _of_two_brokers,
}
