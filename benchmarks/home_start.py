"""How soon a running Home Assistant has every state of many circuits, and whether its loop goes on.

`HOME_PANELS=20 make bench ARGS=home-start` is 960 circuits.
"""

import os
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from benchmarks.large_site import LargeSite, quiet_home
from home_assistant.instance import HomeAssistant

PANELS = int(os.environ.get("HOME_PANELS", "20"))
_WITHIN_S = 900
_OF_A_CIRCUIT = 7
"""Current, energy, overload, alarm, description, rating and connection."""
_KNOWN = """\
SELECT count(DISTINCT metadata_id) FROM states
WHERE last_updated_ts > ? AND state NOT IN ('unknown', 'unavailable')"""


class Loop(threading.Thread):
    """Asks Home Assistant for a trifle, again and again: how long it keeps one waiting."""

    def __init__(self, home: HomeAssistant) -> None:
        super().__init__(daemon=True)
        self._home, self._ends = home, threading.Event()
        self.longest_s = 0.0

    def run(self) -> None:
        """Until `end`."""
        while not self._ends.wait(0.2):
            begun = time.monotonic()
            self._home.request("GET", "/api/")
            self.longest_s = max(self.longest_s, time.monotonic() - begun)

    def end(self) -> float:
        """The longest answer, in seconds."""
        self._ends.set()
        self.join()
        return self.longest_s


def run() -> None:
    """Prints both times, and the share that is the processor's."""
    with (
        tempfile.TemporaryDirectory() as name,
        LargeSite(Path(name) / "site", PANELS) as site,
        quiet_home(Path(name) / "home", site.broker.port) as home,
    ):
        loop, begun, cpu = Loop(home), time.time(), home.cpu_s()
        loop.start()
        site.poll(1, "deadband")
        count = wait_for_all(home, begun)
        print(
            f"home assistant: {count} states of {48 * PANELS} circuits are there "
            f"{time.time() - begun:.1f} s after the bridge's start; it used "
            f"{home.cpu_s() - cpu:.1f} s of a core, its loop stood {loop.end():.2f} s at the most",
            flush=True,
        )
        home.stop()
        begun = time.time()
        home.start()
        started = time.time()
        wait_for_all(home, begun)
        print(
            f"home assistant: and {time.time() - started:.1f} s after it says that it has "
            f"started again, {started - begun:.1f} s after its start, for which it used "
            f"{home.cpu_s():.1f} s of a core"
        )


def without_state(home: HomeAssistant) -> set[str]:
    """Ids of the entities that should have a state and have none."""
    states = home.states()
    return {
        entity_id
        for entity_id, entity in home.entities().items()
        if entity.platform == "mqtt"
        and not entity.disabled_by
        and not entity_id.startswith("button.")
        and states[entity_id].state in {"unknown", "unavailable"}
    }


def wait_for_all(home: HomeAssistant, begun: float) -> int:
    """How many have a state, once each circuit has all of its own.

    Its database is asked, as to ask itself would cost it time.

    Args:
        home: That runs.
        begun: States of before, in s since 1970, do not count.
    """
    uri = f"file:{home.directory}/home-assistant_v2.db?mode=ro"

    def all_there() -> int:
        with closing(sqlite3.connect(uri, uri=True, timeout=60)) as found:
            ((count,),) = found.execute(_KNOWN, (begun,))
        time.sleep(0.3)
        return count if count >= _OF_A_CIRCUIT * 48 * PANELS else 0

    count = home.wait_for(all_there, _WITHIN_S)
    home.wait_for(lambda: not without_state(home), _WITHIN_S)
    return count
