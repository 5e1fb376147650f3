"""The script says what it is asked, in a checkout of its own and without building anything."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "home-assistant-environment"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for file in (SCRIPT, REQUIREMENTS):
        copy = tmp_path / file.relative_to(SCRIPT.parents[1])
        copy.parent.mkdir(parents=True)
        shutil.copy(file, copy)
    return tmp_path


def run(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts" / SCRIPT.name],
        env={"PATH": "/usr/bin:/bin", "PYTHON313": str(checkout / "python3.13")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def half_built(checkout: Path) -> Path:
    python = checkout / ".venv-ha" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    return python


def test_without_python_313_it_says_so_in_one_line_and_exits_with_3(checkout: Path) -> None:
    done = run(checkout)
    assert done.returncode == 3
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("Home Assistant tests need Python 3.13: none found")


def test_a_half_built_environment_does_not_count(checkout: Path) -> None:
    half_built(checkout)
    assert run(checkout).returncode == 3


def test_a_built_environment_is_ready_at_once(checkout: Path) -> None:
    half_built(checkout)
    shutil.copy(REQUIREMENTS, checkout / ".venv-ha" / ".ready")
    done = run(checkout)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_environment_with_other_requirements_is_not_ready(checkout: Path) -> None:
    half_built(checkout)
    (checkout / ".venv-ha" / ".ready").write_text("homeassistant==2025.4.3\n")
    assert run(checkout).returncode == 3


def test_an_environment_whose_python_was_removed_is_not_ready(checkout: Path) -> None:
    python = half_built(checkout)
    python.unlink()
    python.symlink_to(checkout / "gone")
    shutil.copy(REQUIREMENTS, checkout / ".venv-ha" / ".ready")
    assert run(checkout).returncode == 3
