"""What is read from a file of polls is what was written, value by value."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from errno import ENOSPC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.archive import COLUMNS, Archive, ArchiveError, Row, Shape
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.time import Month, from_ms

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
NAME = "site=dc1/year=2026/month=10/panel=rpp-1a/2026-10-01-20261101T120000000.parquet"


def poll(at: datetime, current: tuple[int | None, ...] = (100,), errors: str | None = None) -> Row:
    return (at, "", 1, 15_000, errors, current, *[None] * (len(Quantity) - 1))


def polls(count: int) -> list[Row]:
    return [poll(NOON + timedelta(seconds=15 * at), (at, None)) for at in range(count)]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(str(tmp_path / "polls"), "dc1", 0o640)


def stored(archive: Archive, rows: list[Row]) -> str:
    archive.write(NAME, Shape.of(rows), rows)
    return NAME


THOUSANDTHS = st.none() | st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=4).map(
    tuple
)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2**42).map(from_ms),
        st.text(max_size=3),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**31 - 1),
        st.none() | st.text(max_size=5),
        *[THOUSANDTHS for _ in Quantity],
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_every_value_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    archive = Archive(str(tmp_path_factory.mktemp("polls")), "dc1", 0o600)
    rows.sort(key=lambda row: row[0])
    assert list(archive.rows(stored(archive, rows), COLUMNS)) == rows


def test_a_span_is_read_across_the_parts_of_a_file_in_both_directions(archive: Archive) -> None:
    rows = polls(40_000)  # coded in three parts
    name = stored(archive, rows)
    start, end = rows[16_380][0], rows[16_390][0]
    within = [(row[0], row[5]) for row in rows[16_380:16_390]]
    assert list(archive.rows(name, ("time", "current"), start, end)) == within
    backwards = archive.rows(name, ("time", "current"), start, end, newest_first=True)
    assert list(backwards) == within[::-1]


def test_a_quantity_that_no_poll_has_takes_no_room_and_is_read_as_none(archive: Archive) -> None:
    name = stored(archive, polls(2))
    assert archive.shape(name) == Shape({Quantity.CURRENT: 2}, {Quantity.CURRENT: 3})
    assert list(archive.rows(name, ("power", "current"))) == [(None, (0, None)), (None, (1, None))]


def test_a_steady_feed_takes_less_than_half_a_byte_a_value(archive: Archive) -> None:
    """42 poles at 15 s; each third poll a pole changes by 0.1 A; times and all else included."""
    rows = [
        poll(NOON + timedelta(seconds=15 * at), tuple(100 * (at // 3 % 7 + p) for p in range(42)))
        for at in range(5_760)
    ]
    assert archive.sha256(stored(archive, rows))[1] / (5_760 * 42) < 0.5


def test_numbers_are_coded_as_differences_and_time_is_64_bits(
    archive: Archive, tmp_path: Path
) -> None:
    stored(archive, polls(10))
    file = pq.read_metadata(tmp_path / "polls" / NAME)  # type: ignore[no-untyped-call]
    group = file.row_group(0)
    parts = [group.column(at) for at in range(group.num_columns)]
    coded = {part.path_in_schema: part for part in parts}
    for name in ("time", "seq", "interval_ms", "current_poles", "current_1", "current_2"):
        assert coded[name].physical_type == "INT64"
        assert "DELTA_BINARY_PACKED" in coded[name].encodings
        assert coded[name].compression == "ZSTD"


@pytest.mark.parametrize(
    ("milliamps", "decimals"), [(3_000, 0), (-12_300, 1), (12_340, 2), (10**13 + 1, 3), (0, 0)]
)
def test_other_programs_read_numbers_in_their_unit(
    archive: Archive, tmp_path: Path, milliamps: int, decimals: int
) -> None:
    stored(archive, [poll(NOON, (milliamps, None, 1_000))])
    table = pq.read_table(tmp_path / "polls" / NAME, partitioning=None)  # type: ignore[no-untyped-call]
    assert table.schema.field("current_1").type == pa.decimal128(18, decimals)
    (row,) = table.select(["current_1", "current_2", "current_3"]).to_pylist()
    assert list(row.values()) == [Decimal(milliamps) / 1000, None, 1]


def test_names_sort_by_day_and_say_when_they_were_written(archive: Archive) -> None:
    written = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert archive.name_of("rpp-1a", date(2026, 10, 1), written) == NAME
    month = archive.name_of("rpp-1a", Month(2026, 10), written)
    assert month.rpartition("/")[2] == "2026-10-20261101T120000000.parquet"


def test_files_and_folders_have_the_mode_of_the_site(archive: Archive, tmp_path: Path) -> None:
    stored(archive, polls(1))
    file = tmp_path / "polls" / NAME
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.parent.stat().st_mode & 0o777 == 0o750
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_that_breaks_off_is_not_there(archive: Archive) -> None:
    def breaking() -> list[Row]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        archive.write(NAME, Shape.of(polls(1)), (row for _ in range(1) for row in breaking()))
    with pytest.raises(ArchiveError, match="is missing"):
        archive.sha256(NAME)
    archive.remove(NAME)


def test_a_disk_that_is_full_has_nothing_left_of_the_file(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the database's disk, which then goes on with what room there was."""

    def full(_file: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArchiveError, match=f"{NAME}: No space left on device"):
        stored(archive, polls(3))
    assert [file for file in (tmp_path / "polls").rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("column", ["current_1", "current_2"])
def test_a_column_of_another_type_is_named(archive: Archive, tmp_path: Path, column: str) -> None:
    file = tmp_path / "polls" / stored(archive, polls(3))
    table = pq.read_table(file, partitioning=None)  # type: ignore[no-untyped-call]
    place = table.schema.names.index(column)
    table = table.set_column(place, column, pa.array(["x", "y", "z"]))
    pq.write_table(table, file)  # type: ignore[no-untyped-call]
    with pytest.raises(ArchiveError, match=f"{NAME}: expected decimal numbers, not string"):
        list(archive.rows(NAME, COLUMNS))


def test_removing_leaves_nothing_behind_and_may_be_done_twice(
    archive: Archive, tmp_path: Path
) -> None:
    stored(archive, polls(1))
    archive.remove(NAME)
    archive.remove(NAME)
    assert not list((tmp_path / "polls").iterdir())


def test_a_damaged_file_is_named(archive: Archive, tmp_path: Path) -> None:
    name = stored(archive, polls(100))
    (tmp_path / "polls" / name).write_bytes(b"no Parquet")
    with pytest.raises(ArchiveError, match=f"{NAME}: "):
        list(archive.rows(name, ("time",)))


def test_an_object_store_is_a_place_too(tmp_path: Path) -> None:
    """A URL of a folder stands for one here: it is the same way through pyarrow."""
    (tmp_path / "site=dc1/year=2026/month=10/panel=rpp-1a").mkdir(parents=True)
    archive = Archive(f"file://{tmp_path}", "dc1", 0o600)
    assert archive.names() == set()
    assert list(archive.rows(stored(archive, polls(3)), COLUMNS)) == polls(3)
    assert archive.names() == {NAME}
    archive.remove(NAME)
    with pytest.raises(ArchiveError, match="is missing"):
        archive.shape(NAME)


def test_a_password_is_not_shown() -> None:
    shown = Archive("s3://key:secret@polls/bcm?region=eu", "dc1", 0o600).shown
    assert shown == "s3://polls/bcm"


def test_a_program_without_an_archive_does_not_load_pyarrow() -> None:
    code = "import sys; import bcm_mqtt.store; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
