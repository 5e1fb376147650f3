"""How soon a running Home Assistant has every state of many circuits, and whether its loop goes on.

`HOME_PANELS=20 make bench ARGS=home-start` is 960 circuits.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.large_site import LargeSite
from home_assistant.demo import PYTHON, WITHOUT_STATE_AT_FIRST
from home_assistant.instance import HomeAssistant

PANELS = int(os.environ.get("HOME_PANELS", "20"))
_WITHIN_S = 600


class Loop(threading.Thread):
    """Asks Home Assistant for a trifle, again and again: how long it keeps one waiting."""

    def __init__(self, home: HomeAssistant) -> None:
        super().__init__(daemon=True)
        self._home, self._ends = home, threading.Event()
        self.longest_s = 0.0

    def run(self) -> None:
        """Until `end`."""
        while not self._ends.wait(0.05):
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
        HomeAssistant(PYTHON, Path(name) / "home", site.broker.port) as home,
    ):
        loop, begun, cpu = Loop(home), time.monotonic(), home.cpu_s()
        loop.start()
        site.poll(1, "deadband")
        wait_for_all(home)
        print(
            f"home assistant: {len(enabled(home))} states of {48 * PANELS} circuits are there "
            f"{time.monotonic() - begun:.1f} s after the bridge's start; it used "
            f"{home.cpu_s() - cpu:.1f} s of a core, its loop stood {loop.end():.2f} s at the most",
            flush=True,
        )
        home.stop()
        home.start()
        begun = time.monotonic()
        wait_for_all(home)
        print(
            f"home assistant: and {time.monotonic() - begun:.1f} s after it says that it has "
            f"started again, for which it used {home.cpu_s():.1f} s of a core"
        )


def enabled(home: HomeAssistant) -> set[str]:
    """Ids of the entities that are to have a state at once."""
    return {
        entity_id
        for entity_id, entity in home.entities().items()
        if entity.platform == "mqtt"
        and not entity.disabled_by
        and not WITHOUT_STATE_AT_FIRST.search(entity.unique_id)
    }


def wait_for_all(home: HomeAssistant) -> None:
    """Until no entity comes any more and each has a state."""
    before = 0

    def all_there() -> bool:
        nonlocal before
        time.sleep(1)  # to ask costs it time
        states = home.states()
        unknown = {
            key for key, state in states.items() if state.state in {"unknown", "unavailable"}
        }
        same, before = len(states) == before, len(states)
        if not same or sum(key.endswith("_current") for key in states) < 48 * PANELS:
            return False
        return not enabled(home) & unknown

    home.wait_for(all_there, _WITHIN_S)
