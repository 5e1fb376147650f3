"""The pure parts of the page's and the card's JavaScript, by the test runner of Node.js."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bcm_mqtt.web.app import STATIC

ROOT = Path(__file__).parents[3]
CARD = ROOT / "custom_components" / "bcm_mqtt" / "frontend"


def test_the_javascript_calculates_as_it_should(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.fail("Node.js is missing: run scripts/system-packages npm", pytrace=False)
    # Node.js takes files as modules where a package.json says so, which the page does not need.
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for folder in (STATIC, CARD, ROOT / "tests" / "javascript"):
        shutil.copytree(folder, tmp_path / folder.relative_to(ROOT))
    tests = sorted((tmp_path / "tests" / "javascript").glob("*.test.js"))
    assert tests
    run = subprocess.run(
        [node, "--test", *map(str, tests)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout
