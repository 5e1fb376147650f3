"""What was exported and imported again is equal, in every table."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import WorkError
from bcm_mqtt.exchange import Form, export, import_export
from bcm_mqtt.store import RECORD_TABLES, Choice, Store
from bcm_mqtt.store.tables import metadata
from bcm_mqtt.store.upkeep.records import LEFT_OUT
from unit.builders import NEW_YORK, NOON, QUARTER, polled
from unit.exchange.stocked import ALL, NOW, contents, day
from unit.store.test_rebuild import everything as intervals

EACH_FORM = pytest.mark.parametrize("form", ["csv", "parquet"])
EACH_PLACE = pytest.mark.parametrize("name", ["out", "out.zip"])


def roll_up(store: Store) -> None:
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass


@contextmanager
def exported(
    source: Store, folder: Path, form: Form = "csv", choice: Choice = ALL, name: str = "out"
) -> Iterator[Path]:
    place = folder / name
    export(source, place, form, choice, NOW, "0.0.0")
    yield place


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    assert {table.name for table in RECORD_TABLES} | LEFT_OUT == set(metadata.tables)


def test_the_stocked_database_has_something_in_every_table(source: Store) -> None:
    assert [name for name, records in contents(source).items() if not records] == []


@EACH_FORM
@EACH_PLACE
def test_a_round_trip_is_equal_in_every_table(
    source: Store, target: Store, tmp_path: Path, form: Form, name: str
) -> None:
    before = contents(source)
    with exported(source, tmp_path, form, name=name) as place:
        found = import_export(target, place, NOW)
    assert contents(target) == before
    assert contents(source) == before
    assert {stored.same for stored in found.values()} == {0}
    roll_up(source)
    roll_up(target)
    assert contents(target) == contents(source)


@EACH_FORM
def test_a_second_import_changes_nothing(
    source: Store, target: Store, tmp_path: Path, form: Form
) -> None:
    with exported(source, tmp_path, form) as place:
        import_export(target, place, NOW)
        before = contents(target)
        found = import_export(target, place, NOW)
    assert contents(target) == before
    assert {(stored.new, stored.different) for stored in found.values()} == {(0, 0)}
    assert sum(stored.same for stored in found.values()) == sum(map(len, before.values()))


def test_exports_of_equal_databases_are_equal_files(
    source: Store, target: Store, tmp_path: Path
) -> None:
    with exported(source, tmp_path) as place:
        import_export(target, place, NOW)
    with exported(target, tmp_path, name="again") as again:
        files = sorted(path.name for path in place.iterdir())
        assert len(files) == len(RECORD_TABLES) + 1
        assert all((place / name).read_bytes() == (again / name).read_bytes() for name in files)


@pytest.mark.parametrize("calls", range(0, 19, 3))
def test_an_import_that_was_broken_off_is_completed_by_the_next(
    source: Store, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    monkeypatch.setattr("bcm_mqtt.exchange.transfer._AT_A_TIME", 7)
    monkeypatch.setattr("bcm_mqtt.exchange.transfer._WIDE_AT_A_TIME", 50)
    numbers = count()
    store_records = target.records.store

    def failing(*arguments: object) -> object:
        if next(numbers) == calls:
            raise WorkError("killed")
        return store_records(*arguments)  # type: ignore[arg-type]

    with exported(source, tmp_path) as place:
        with monkeypatch.context() as patched:
            patched.setattr(target.records, "store", failing)
            with pytest.raises(WorkError, match="killed"):
                import_export(target, place, NOW)
        import_export(target, place, NOW)
    roll_up(source)
    roll_up(target)
    assert contents(target) == contents(source)


def test_what_both_have_recorded_of_a_panel_is_computed_of_both(
    source: Store, target: Store, tmp_path: Path
) -> None:
    others = polled(NOON + 3 * QUARTER - timedelta(seconds=8), NOON + 5 * QUARTER, [9000] * 3)
    target.arrivals.add(others)
    roll_up(target)
    with exported(source, tmp_path) as place:
        import_export(target, place, NOW)
    roll_up(target)
    source.arrivals.add(others)
    roll_up(source)
    assert intervals(target) != []
    start, end = NOON - 2 * QUARTER, NOON + 6 * QUARTER
    for name in ("rpp-1a", "rpp-1b"):
        assert target.intervals.pole_intervals(name, start, end) == source.intervals.pole_intervals(
            name, start, end
        )
    assert contents(target)["day_total"] == contents(source)["day_total"]


def test_what_is_stored_stays_and_what_differs_is_told(
    source: Store, target: Store, tmp_path: Path
) -> None:
    (ours,) = polled(NOON, NOON + QUARTER, [5])
    target.arrivals.add([ours])
    with exported(source, tmp_path) as place:
        found = import_export(target, place, NOW)
    assert found["snapshot"].different == 1
    assert found["snapshot"].first_different == ("rpp-1a", NOON, "")
    kept = [one for one in contents(target)["snapshot"] if one[:2] == ("rpp-1a", NOON)]
    assert [one[5] for one in kept] == [(5,)]


def test_a_panel_that_is_there_keeps_its_directory(
    source: Store, target: Store, tmp_path: Path
) -> None:
    with exported(source, tmp_path) as place:
        directories = source.directories.all()
        import_export(target, place, NOW)
    with exported(source, tmp_path, name="later") as place:
        changed = replace(directories["rpp-1a"], versions=())
        target.directories.add(changed, b"{}", NOW)
        import_export(target, place, NOW)
    assert target.directories.all() == {**directories, "rpp-1a": changed}


def test_totals_of_other_days_are_summed_up_anew(
    source: Store, target: Store, tmp_path: Path
) -> None:
    target.arrivals.add(polled(NOON, NOON + QUARTER, [1], panel_id="rpp-9"))
    target.roll_up.intervals()
    target.roll_up.days(ZoneInfo("Asia/Tokyo"))
    with exported(source, tmp_path) as place:
        import_export(target, place, NOW)
    roll_up(target)
    roll_up(source)
    ours = [one for one in contents(target)["day_total"] if one[0] != "rpp-9"]
    assert ours == contents(source)["day_total"]


@EACH_FORM
def test_an_export_of_a_panel_and_a_time_has_these_alone(
    source: Store, tmp_path: Path, form: Form
) -> None:
    choice = Choice(NOON, NOON + QUARTER, day(20), day(21), frozenset({"rpp-1b"}))
    with exported(source, tmp_path, form, choice) as place:
        manifest = json.loads((place / "manifest.json").read_text())
        rows = {entry["table"]: entry["rows"] for entry in manifest["files"]}
    assert (manifest["start"], manifest["end"], manifest["panels"]) == (
        "2026-11-20T12:00:00.000Z",
        "2026-11-20T12:15:00.000Z",
        ["rpp-1b"],
    )
    assert rows == {
        "setting": 0,
        "directory_revision": 1,
        "panel": 1,
        "circuit_version": 2,
        "instrument": 1,
        "snapshots_removed": 1,
        "poll_period": 1,
        "snapshot": 60,
        "interval": 1,
        "device_interval": 1,
        "electrical_interval": 0,
        "register_interval": 1,
        "day_total": 1,
        "demand_peak": 0,
        "dirty_interval": 0,
        "dirty_day": 0,
        "clock_fault": 0,
        "lost_span": 0,
        "quarantine": 0,
        "alarm_event": 0,
        "commissioning_result": 0,
        "interval_edit": 0,
        "bill_release": 0,
        "bill": 0,
        "bill_line": 0,
        "bill_determinant": 0,
        "bill_number": 0,
        "bill_mail": 0,
        "bill_file": 0,
        "bill_time_stamp": 0,
        "bill_copy": 0,
        "supplier_invoice": 0,
        "supplier_invoice_component": 0,
        "price_import": 0,
        "price": 0,
        "price_used": 0,
        "circuit_name": 0,
        "budget": 0,
        "budget_notice": 0,
        "question": 0,
        "account": 0,
        "api_token": 0,
        "audit_entry": 0,
    }


def test_csv_is_exact_and_can_be_read_by_others(source: Store, tmp_path: Path) -> None:
    with exported(source, tmp_path) as place:
        with (place / "snapshot.csv").open(encoding="utf-8", newline="") as text:
            rows = list(csv.DictReader(text))
        with (place / "interval.csv").open(encoding="utf-8", newline="") as text:
            interval = next(csv.DictReader(text))
    assert rows[0] == {
        "panel": "rpp-1a",
        "time": "2026-11-20T12:00:00.000Z",
        "seq": "1",
        "interval_ms": "15000",
        "current": "[1000,null,7]",
        **dict.fromkeys([*Quantity][1:], ""),
        "errors": "",
        "source": "",
    }
    assert interval == {
        "panel": "rpp-1a",
        "pole": "1",
        "start": "2026-10-30T12:00:00.000Z",
        "milliamp_ms": str(1000 * 900_000),
        "covered_ms": "900000",
        "samples": "60",
        "min_milliamps": "1000",
        "max_milliamps": "1000",
        "sampling_deviation": "0",
        "steady_ms": "885000",
    }


def test_a_zip_has_what_the_folder_has(source: Store, tmp_path: Path) -> None:
    with exported(source, tmp_path) as folder, exported(source, tmp_path, name="o.ZIP") as archive:
        with ZipFile(archive) as opened:
            packed = {name: opened.read(name) for name in opened.namelist()}
        assert packed == {path.name: path.read_bytes() for path in folder.iterdir()}


@EACH_FORM
def test_an_export_of_a_release_without_sources_is_imported(
    source: Store, target: Store, tmp_path: Path, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        for table in RECORD_TABLES:
            if table.name == "snapshot":
                fields = tuple(field for field in table.fields if field.name != "source")
                without = replace(table, fields=fields, key=2)
                tables = [without if one is table else one for one in RECORD_TABLES]
                earlier.setattr("bcm_mqtt.exchange.transfer.RECORD_TABLES", tables)
        with exported(source, tmp_path, form) as place:
            pass
    import_export(target, place, NOW)
    assert contents(target)["snapshot"] == contents(source)["snapshot"]


def test_the_name_of_a_database_is_not_exported(
    source: Store, target: Store, tmp_path: Path
) -> None:
    name = source.receipts.database_id()
    with exported(source, tmp_path) as place:
        assert name not in (place / "setting.csv").read_text()
        import_export(target, place, NOW)
    assert target.receipts.database_id() != name


def test_progress_is_told_up_to_the_end(source: Store, target: Store, tmp_path: Path) -> None:
    last: dict[str, tuple[int, int]] = {}

    def note(name: str, done: int, of: int) -> None:
        last[name] = done, of

    export(source, tmp_path / "out", "csv", ALL, NOW, "0.0.0", note)
    rows = {f"{name}.csv": len(records) for name, records in contents(source).items()}
    assert last == {name: (count, count) for name, count in rows.items()}
    last.clear()
    import_export(target, tmp_path / "out", NOW, note)
    del last["checking"]
    assert last == {name: (count, count) for name, count in rows.items()}


@EACH_FORM
@EACH_PLACE
@pytest.mark.parametrize(("mode", "folder"), [(0o600, 0o700), (0o640, 0o750), (0o644, 0o755)])
def test_an_export_has_the_mode_of_the_site(
    source: Store, tmp_path: Path, form: Form, name: str, mode: int, folder: int
) -> None:
    place = tmp_path / name
    export(source, place, form, ALL, NOW, "0.0.0", mode=mode)
    files = [*place.iterdir()] if place.is_dir() else [place]
    assert {one.stat().st_mode & 0o777 for one in files} == {mode}
    if place.is_dir():
        assert place.stat().st_mode & 0o777 == folder
