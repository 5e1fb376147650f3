"""How soon after its start Home Assistant has everything of two whole panels."""

import statistics
import tempfile
import time
from pathlib import Path

from home_assistant.demo import DemoHome

STARTS = 5


def run() -> None:
    """Prints, over some restarts, when every entity has a state."""
    took: list[float] = []
    with tempfile.TemporaryDirectory() as name, DemoHome(Path(name)) as demo:
        expected = demo.expected()
        demo.home.wait_for(lambda: not demo.without_state(expected), 180)
        for _ in range(STARTS):
            demo.home.stop()
            demo.home.start()
            begun = time.monotonic()
            demo.home.wait_for(lambda: not demo.without_state(expected), 180)
            took.append(time.monotonic() - begun)
        problems = demo.home.log_problems("mqtt", "bcm_mqtt")
    print(
        f"home assistant: {len(expected)} entities of two panels have a state "
        f"{statistics.median(took):.1f} s ({min(took):.1f} to {max(took):.1f}) after it says that "
        f"it has started; {len(problems)} warnings or errors of mqtt and bcm_mqtt"
    )
