"""Two bridges of one configuration say the same of it, whichever process they are."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from bcm_mqtt.bridge.pair.likeness import likeness
from bcm_mqtt.config import load
from unit.config.site_files import only
from unit.site_files import write_site

LOOK = """
import sys
from pathlib import Path
from bcm_mqtt.bridge.pair.likeness import likeness
from bcm_mqtt.config import load
print(likeness(load(Path(sys.argv[1]))).digests["panels"])
"""
SOURCES = (
    "sources: [{gateway: babel-1, profile: sdm630, unit_ids: [9], poles: 1-3, "
    "periods: {energy: 60s, power: 1s}}]"
)
OLD = "gateway: babel-1, first_unit_id: 9, poles: 12"


def test_sources_are_alike_in_two_processes_and_unlike_where_a_period_is(tmp_path: Path) -> None:
    main = write_site(tmp_path)
    text = main.read_text()
    main.write_text(text.replace(OLD, SOURCES))
    said = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(main)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[4])},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout.strip())
    main.write_text(text.replace(OLD, SOURCES.replace("60s", "30s")))
    assert said[0] == said[1] != likeness(load(main)).digests["panels"]


def test_of_panels_as_they_always_were_the_release_before_says_the_same(tmp_path: Path) -> None:
    settings = load(write_site(tmp_path))
    before = sorted(
        (key, one.gateway, one.unit_ids, one.poll_interval, str(one.profile))
        for key, panel in settings.panels.items()
        for one in [only(panel)]
    )
    assert likeness(settings).digests["panels"] == sha256(repr(before).encode()).hexdigest()
