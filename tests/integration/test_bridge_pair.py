"""Two bridges in a pair: one is killed, the other goes on; what was edited is on both."""

import json
from pathlib import Path

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.pair import FIRST, SECOND, Pair
from peers.process import wait_until

SECRET = "not known to others"


def test_the_second_goes_on_where_the_first_was_killed_and_gives_back(
    tmp_path: Path, mosquitto: Mosquitto, meters: Meters
) -> None:
    with Pair(tmp_path, meters, mosquitto) as pair:
        first, second = pair.sides[FIRST], pair.sides[SECOND]
        assert pair.ask("circuit", panel="rpp-1a", pole=3, description="Customer9-A-3")
        for side in (first, second):  # before the answer came
            assert "Customer9-A-3" in (side.site.folder / "circuits.csv").read_text()
        first.kill()
        pair.wait_for(SECOND)
        # The broker has the first one's last will by then, and the second's words after it.
        assert mosquitto.retained("bcm/bridge/dc1/state") == {"bcm/bridge/dc1/state": "online"}
        directory = mosquitto.retained("bcm/rpp-1a/circuit/3/directory").popitem()[1]
        assert json.loads(directory)["description"] == "Customer9-A-3"
        assert pair.ask("circuit", panel="rpp-1a", pole=4, description="Customer9-A-4")
        first.start()
        pair.wait_for(FIRST)
        assert "Customer9-A-4" in (first.site.folder / "circuits.csv").read_text()
        assert mosquitto.retained("bcm/bridge/dc1/state") == {"bcm/bridge/dc1/state": "online"}
        assert pair.alternations() == 0
        for side in (first, second):
            assert "Traceback" not in side.said()
            assert SECRET not in side.said()


def test_a_side_that_is_stopped_in_good_order_is_followed_at_once(
    tmp_path: Path, mosquitto: Mosquitto, meters: Meters
) -> None:
    with Pair(tmp_path, meters, mosquitto) as pair:
        assert pair.sides[FIRST].stop() == 0
        assert mosquitto.retained("bcm/bridge/dc1/state") == {"bcm/bridge/dc1/state": "online"}
        pair.wait_for(SECOND)
        assert pair.alternations() == 0
        wait_until(lambda: "nobody goes on if this bridge fails" in pair.healthy(SECOND), 60)
        assert pair.sides[SECOND].stop() == 0
        assert mosquitto.retained("bcm/bridge/dc1/state") == {"bcm/bridge/dc1/state": "offline"}
