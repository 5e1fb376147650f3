"""Changes of circuits.csv as a bridge makes them."""

from pathlib import Path

import pytest

from bcm_mqtt.config import change_circuits, load, reload_directories
from bcm_mqtt.config.directory import file_stamp
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.errors import InputError
from unit.builders import NOON, SetClock
from unit.site_files import write_site


def test_the_first_edit_of_a_panel_without_rows_lets_its_other_poles_stay(tmp_path: Path) -> None:
    settings = load(write_site(tmp_path, circuits=["rpp-1b,1,Customer1-B-1,20,"]))
    shown = settings.directories["rpp-1a"].shown_at(NOON)
    rewritten = change_circuits(
        settings, [CircuitChange("rpp-1a", 7, description="Customer9-A")], SetClock()
    )
    assert [edit.after.description for edit in rewritten.edits] == ["Customer9-A"]
    now = reload_directories(settings)
    assert now["rpp-1a"].at(NOON).keys() == shown.keys()
    assert now["rpp-1a"].at(NOON)[7].description == "Customer9-A"
    assert len(now["rpp-1b"].versions) == 1
    assert (now, file_stamp(settings.circuits)) == (rewritten.directories, rewritten.stamp)


def test_an_edit_of_a_panel_with_rows_adds_none_for_others(tmp_path: Path) -> None:
    settings = load(write_site(tmp_path, circuits=["rpp-1a,1,Customer1-A-1,20,"]))
    change_circuits(settings, [CircuitChange("rpp-1a", 7, description="Customer9-A")], SetClock())
    assert reload_directories(settings)["rpp-1a"].at(NOON).keys() == {1, 7}


def test_a_site_without_the_file_gets_one_with_its_first_edit(tmp_path: Path) -> None:
    main = write_site(tmp_path)
    (tmp_path / "circuits.csv").unlink()
    settings = load(main)
    change_circuits(settings, [CircuitChange("rpp-1a", 7, rating_amps=30)], SetClock())
    assert len(reload_directories(settings)["rpp-1a"].at(NOON)) == 48


def test_a_file_that_is_gone_is_not_replaced_by_one_of_a_single_circuit(tmp_path: Path) -> None:
    settings = load(write_site(tmp_path))
    (tmp_path / "circuits.csv").unlink()
    with pytest.raises(InputError, match="is gone: bring it back first"):
        change_circuits(settings, [CircuitChange("rpp-1a", 7, rating_amps=30)], SetClock())
    assert not (tmp_path / "circuits.csv").exists()
