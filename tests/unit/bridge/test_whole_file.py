"""Small files that are damaged."""

import json
import os
from datetime import timedelta
from errno import EINVAL
from pathlib import Path
from stat import S_ISDIR
from typing import Any

import pytest

from bcm_mqtt.bridge.energy import EnergyCounters
from bcm_mqtt.bridge.whole_file import read_whole
from bcm_mqtt.domain.reading.stored import Series
from unit.builders import NOON


def test_a_file_of_more_than_can_be_in_it_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.whole_file._LARGEST", 1_000)
    file = tmp_path / "energy.json"
    file.write_text(json.dumps(["x" * 996]))
    assert read_whole(file, json.loads, "it is made again") == ["x" * 996]
    file.write_text(json.dumps(["x" * 997]))
    assert read_whole(file, json.loads, "it is made again") is None
    assert "is damaged (1,001 bytes: expected at most 1,000): moved to" in caplog.text
    [aside] = tmp_path.iterdir()
    assert aside.name.startswith("energy.json.damaged-")


@pytest.mark.parametrize("refused", ["open", "fsync"])
def test_a_folder_that_cannot_be_synced_does_not_undo_what_was_replaced(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    refused: str,
) -> None:
    """The new file is there: whoever wrote it may rely on it, and the log says what may be."""
    real, folder = getattr(os, refused), tmp_path / "data"

    def of_files_alone(of: Any, *more: int) -> Any:  # noqa: ANN401 - as of os
        is_folder = Path(of).is_dir() if refused == "open" else S_ISDIR(os.fstat(of).st_mode)
        if is_folder:
            raise OSError(EINVAL, "Invalid argument")
        return real(of, *more)

    monkeypatch.setattr(os, refused, of_files_alone)
    counters = EnergyCounters(folder / "energy.json")
    for at in (NOON, NOON + timedelta(seconds=15)):
        counters.add(Series("rpp-1a"), at, {1: 1000.0}, timedelta(seconds=15))
    assert counters.save() == {("rpp-1a", 1): pytest.approx(1 / 240)}
    assert json.loads((folder / "energy.json").read_text()) == {"rpp-1a": {"1": 15_000.0}}
    assert caplog.messages == [f"{folder}: cannot be synced against a power cut: Invalid argument"]
