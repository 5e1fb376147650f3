"""Files that are followed: whatever is saved while they are read is seen afterwards."""

from pathlib import Path

import pytest

from bcm_mqtt.config import FollowedSettings, Settings, StampedFiles, load
from unit.site_files import TARIFFS, write_site


def test_a_save_while_they_are_read_is_seen_afterwards(tmp_path: Path) -> None:
    one = tmp_path / "one.yaml"
    one.write_text("1")
    files = StampedFiles.of([one])
    assert files.now() == files
    one.write_text("22")
    read = files.now().naming([one])
    assert read != files
    assert read.now() == read
    one.write_text("333")
    assert read.now() != read


def test_a_file_that_appears_or_goes_is_a_change(tmp_path: Path) -> None:
    absent = StampedFiles.of([tmp_path / "one.yaml"])
    (tmp_path / "one.yaml").write_text("1")
    assert absent.now() != absent
    there = absent.now()
    (tmp_path / "one.yaml").unlink()
    assert there.now() == absent


def test_a_file_that_is_named_for_the_first_time_is_read_once_more(tmp_path: Path) -> None:
    followed = FollowedSettings(load(write_site(tmp_path)))
    main, night = tmp_path / "bcm.yaml", tmp_path / "night.yaml"
    loads: list[Path] = []

    def saved_meanwhile(file: Path) -> Settings:
        loads.append(file)
        loaded = load(file)
        night.write_text(TARIFFS.replace("0.1185", "0.375"))
        return loaded

    night.write_text(TARIFFS)
    main.write_text(main.read_text().replace("tariffs.yaml", "night.yaml"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcm_mqtt.config.followed.load", saved_meanwhile)
        assert str(followed.last_good().terms.tariffs["standard"].versions[0].energy) == "0.1185"
        assert str(followed.last_good().terms.tariffs["standard"].versions[0].energy) == "0.375"
    assert loads == [main, main]
