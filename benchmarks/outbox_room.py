"""The outbox of 50 panels at 1 s with four quantities: bytes on disk, processor time, memory."""

import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bcm_mqtt.bridge.outbox import Outbox, Put, Work
from bcm_mqtt.config import OutboxSettings
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.mqtt.payloads import RecorderPresence, RecorderState, encode_snapshot
from benchmarks.databases import DATABASES  # noqa: F401 - it finds the tests
from unit.bridge.wandering_loads import wandering

PANELS, POLES, HISTORIES = 50, 48, 5
SECONDS, EVERY_S = 4096, 1024
WEEK_S = 7 * 86_400
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def history(seed: int) -> list[Snapshot]:
    """Of a panel, whose polls come up to 40 ms late."""

    def late(random: Random) -> timedelta:
        return timedelta(milliseconds=random.randrange(40))

    return wandering(f"p-{seed}", seed, SECONDS, BEGIN, late, POLES)


def run() -> None:
    """Prints the bytes that a snapshot adds to the file, and what a week of them takes."""
    histories = [history(seed) for seed in range(HISTORIES)]
    payloads = [[encode_snapshot(one) for one in history] for history in histories]
    before_mb = _most_mb()
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db", OutboxSettings(), "auto", lambda: BEGIN)
        online = RecorderState("dc1", RecorderPresence.ONLINE, "d1", "b")
        outbox.turn(Work(reports=[online]), 0.0)
        begun = time.process_time()
        number = 0
        for second in range(SECONDS):
            puts = []
            for panel in range(PANELS):
                number += 1
                at = panel % HISTORIES
                of_panel = payloads[at][second].replace(b'"p-%d"' % at, b'"p-%d"' % panel, 1)
                polled_ms, series = to_ms(histories[at][second].time), Series(f"p-{panel}")
                puts.append(Put(number, series, polled_ms, of_panel, is_sent=True))
            outbox.turn(Work(puts=puts), float(second))
            if second % EVERY_S == EVERY_S - 1:
                sizes.append(outbox.figures(float(second)).size)
        spent_s = time.process_time() - begun
        assert outbox.waiting == number, "one is missing"
        outbox.close(float(SECONDS))
    latest, added = sizes[0], (sizes[-1] - sizes[0]) / ((len(sizes) - 1) * EVERY_S * PANELS)
    week_gb = (latest + added * PANELS * WEEK_S) / 1e9
    print(
        f"outbox of {PANELS} panels x {POLES} poles x 1 s, current, power, energy, voltage: "
        f"{latest / 1e6:.0f} MB of the latest minutes, then {added:.0f} bytes a snapshot: a week "
        f"takes {week_gb:.1f} GB of 10; {spent_s / number * 1e6:.0f} us of a core each; memory "
        f"grew by {_most_mb() - before_mb:.0f} MB for {number:,}"
    )
    assert week_gb < 10


def _most_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
