"""Bills are made from the directory that people edited, or are not issued."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.billing.edited_directory import EditedDirectory
from bcm_mqtt.config import Settings, load, owning
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.standing import Standing
from bcm_mqtt.store import Store
from unit.builders import NOON, SetClock, circuit, directory
from unit.site_files import database_url, write_site

MONTH = Month(2026, 3)
OURS = frozenset({"dc1"})


@dataclass
class Site:
    """A site whose circuits.csv is stored, and what its broker has retained."""

    settings: Settings
    store: Store
    standing: Standing | None = None
    waited: list[float] = field(default_factory=list)
    after_wait: Callable[[], None] = lambda: None

    def edited(self) -> EditedDirectory:
        return EditedDirectory(self.store, SetClock(), lambda _: self.standing, self._pause)

    def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.after_wait()

    def check(self) -> None:
        self.edited().check(self.settings, MONTH, lambda: None)

    def edit(self, old: str, new: str, age: timedelta = timedelta(hours=1)) -> None:
        file = self.settings.circuits
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        at = (NOON - age).timestamp()
        os.utime(file, (at, at))

    def store_file(self) -> None:
        for one in load(self.settings.file).directories.values():
            self.store.directories.add(one, encode_directory(one), NOON)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    settings = load(write_site(tmp_path))
    with closing(Store(database_url(tmp_path))) as store:
        store.database.ensure_schema()
        made = Site(settings, store)
        made.store_file()
        yield made


def online(*panels: str, **directories: object) -> Standing:
    return Standing(dict.fromkeys(panels, OURS), directories)  # type: ignore[arg-type]


def test_what_is_stored_as_edited_is_issued(site: Site) -> None:
    site.check()
    assert site.edited().notes(site.settings) == ()


def test_an_edit_that_no_bridge_has_published_is_said_and_refused(site: Site) -> None:
    site.edit("Customer2-A-1", "Customer1-A-2")
    (note,) = site.edited().notes(site.settings)
    assert note == (
        f"{site.settings.circuits} differs from the directory that bills are made from: panel "
        "rpp-1a: circuit 3+5 description is 'Customer1-A-2', stored is 'Customer2-A-1'; the "
        "panel's bridge and the recorder store it, or bcm-mqtt circuits apply"
    )
    with pytest.raises(WorkError) as caught:
        site.check()
    assert str(caught.value) == f"2026-03: not issued: {note}"
    assert site.waited == []


def test_an_edit_of_the_panel_counts_as_well(site: Site) -> None:
    main = site.settings.file
    main.write_text(main.read_text().replace("poles: 12}", "poles: 12, power_factor: 0.9}"))
    edited = EditedDirectory(site.store, SetClock(), lambda _: None)
    (note,) = edited.notes(load(main))
    assert "panel rpp-1b: power_factor is '0.9', stored is '1'" in note


def test_where_a_bridge_elsewhere_is_online_its_directory_decides(site: Site) -> None:
    stored = site.store.directories.all()
    site.edit("Customer2-A-1", "Customer1-A-2")
    site.standing = Standing({"rpp-1a": OURS, "rpp-1b": OURS}, stored)
    site.check()
    assert site.edited().notes(site.settings) == ()
    newer = directory(circuit((1,), "Customer3-A-1"), of=stored["rpp-1a"].panel)
    site.standing = Standing(site.standing.bridges, {**stored, "rpp-1a": newer})
    with pytest.raises(WorkError, match=r"the directory at the broker differs .* panel rpp-1a: "):
        site.check()
    assert len(site.waited) == 60


def test_where_the_bridge_runs_on_this_machine_the_file_decides(site: Site) -> None:
    data = site.settings.bridge.data
    data.mkdir()
    site.edit("Customer2-A-1", "Customer1-A-2")
    site.standing = Standing({"rpp-1a": OURS, "rpp-1b": OURS}, site.store.directories.all())
    with ExitStack() as running:
        running.enter_context(owning(data))
        with pytest.raises(WorkError, match=r"circuits\.csv differs"):
            site.check()
    site.check()  # the bridge has ended: the one that is online is another


def test_a_difference_younger_than_a_minute_is_waited_for(site: Site) -> None:
    site.settings.bridge.data.mkdir()
    site.edit("Customer2-A-1", "Customer1-A-2", age=timedelta(seconds=5))
    site.standing = online("rpp-1a", "rpp-1b")

    def on_its_way() -> None:
        if len(site.waited) == 3:
            site.store_file()

    site.after_wait = on_its_way
    with owning(site.settings.bridge.data):
        site.check()
    assert len(site.waited) == 3


def test_nothing_is_waited_for_that_no_bridge_would_publish(site: Site) -> None:
    site.edit("Customer2-A-1", "Customer1-A-2", age=timedelta(seconds=5))
    site.standing = online()
    with pytest.raises(WorkError, match="not issued"):
        site.check()
    assert site.waited == []


def test_waiting_can_be_cancelled(site: Site) -> None:
    site.settings.bridge.data.mkdir()
    site.edit("Customer2-A-1", "Customer1-A-2", age=timedelta(seconds=5))
    site.standing = online("rpp-1a")

    def cancelled() -> None:
        raise KeyboardInterrupt

    with owning(site.settings.bridge.data), pytest.raises(KeyboardInterrupt):
        site.edited().check(site.settings, MONTH, cancelled)


def test_a_file_that_is_wrong_refuses_and_one_that_is_absent_does_not(site: Site) -> None:
    site.edit("rpp-1a,7", "rpp-1a,77")
    assert "pole 77 is not on panel" in site.edited().notes(site.settings)[0]
    with pytest.raises(InputError, match="pole 77 is not on panel"):
        site.check()
    site.settings.circuits.unlink()
    site.check()


def test_an_edit_of_meters_csv_counts_as_well(site: Site) -> None:
    meters = site.settings.circuits.with_name("meters.csv")
    meters.write_text("panel,poles,valid_from,multiplier,sign\nrpp-1a,1,,1.50,\n")
    settings = load(site.settings.file)
    edited = EditedDirectory(site.store, SetClock(), lambda _: None)
    (note,) = edited.notes(settings)
    assert note.startswith(f"{meters} differs from")
    assert "panel rpp-1a: instruments is '1 rows', stored is '0 rows'" in note
    site.store_file()
    assert edited.notes(settings) == ()
