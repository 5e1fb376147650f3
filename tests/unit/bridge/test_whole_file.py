"""Small files that are damaged."""

import json
from pathlib import Path

import pytest

from bcm_mqtt.bridge.whole_file import read_whole


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
