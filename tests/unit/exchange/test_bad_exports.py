"""What is no whole export is refused in one line, before anything is stored."""

import json
import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given

from bcm_mqtt.errors import BcmError, InputError, WorkError
from bcm_mqtt.exchange import export, import_export
from bcm_mqtt.exchange.manifest import from_json
from bcm_mqtt.store import Store, newest_schema
from unit.builders import JSON_VALUES, UNHURRIED
from unit.exchange.stocked import ALL, NOW, contents


@pytest.fixture
def place(source: Store, tmp_path: Path) -> Path:
    export(source, tmp_path / "out", "csv", ALL, NOW, "0.0.0")
    return tmp_path / "out"


def refusal(target: Store, place: Path, kind: type[BcmError] = InputError) -> str:
    """The line, without the place; nothing was stored."""
    with pytest.raises(kind) as caught:
        import_export(target, place, NOW)
    assert not any(contents(target).values())
    said = str(caught.value)
    assert "\n" not in said
    return said.removeprefix(str(place)).removeprefix("/")


def change(place: Path, **values: object) -> None:
    file = place / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def change_file(place: Path, **values: object) -> None:
    """Of the first entry."""
    first, *others = json.loads((place / "manifest.json").read_text())["files"]
    change(place, files=[{**first, **values}, *others])


def rewrite(place: Path, name: str, content: bytes) -> None:
    """A file with other content, as if it had been exported so."""
    (place / name).write_bytes(content)
    files = json.loads((place / "manifest.json").read_text())["files"]
    for entry in files:
        if entry["name"] == name:
            entry["sha256"] = sha256(content).hexdigest()
    change(place, files=files)


def substitute(place: Path, name: str, old: str, new: str) -> None:
    content = (place / name).read_text()
    assert old in content
    rewrite(place, name, content.replace(old, new, 1).encode())


def test_a_folder_without_a_manifest(target: Store, tmp_path: Path) -> None:
    assert refusal(target, tmp_path) == "manifest.json: is missing"


def test_a_place_that_is_not_there(target: Store, tmp_path: Path) -> None:
    said = refusal(target, tmp_path / "none.zip")
    assert said == ": cannot be read: No such file or directory"


@pytest.mark.parametrize("content", [b"", b"This is a letter.", b"PK\3\4 and no more"])
def test_a_file_that_is_no_zip(target: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    said = refusal(target, tmp_path / "x.zip")
    assert said == ": expected the folder or ZIP file of an export"


def test_a_zip_of_something_else(target: Store, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("letter.txt", "Dear")
    assert refusal(target, tmp_path / "x.zip") == "manifest.json: is missing"


def test_a_newer_schema(target: Store, place: Path) -> None:
    change(place, schema="9999")
    assert refusal(target, place) == (
        "manifest.json: the export is of schema 9999, which is newer than this version's "
        f"{newest_schema()}"
    )


@pytest.mark.parametrize(
    "values",
    [
        {"version": 2},
        {"format": "x"},
        {"form": "xml"},
        {"files": 3},
        {"files": [{"name": "x"}]},
        {"panels": 7},
        {"schema": None},
    ],
    ids=str,
)
def test_a_manifest_of_another_kind(target: Store, place: Path, values: dict[str, object]) -> None:
    change(place, **values)
    expected = "manifest.json: expected the manifest of a bcm-mqtt export of version 1"
    assert refusal(target, place) == expected


@UNHURRIED
@given(JSON_VALUES)
def test_whatever_a_manifest_says_it_is_refused_in_a_line(value: object) -> None:
    with pytest.raises(InputError):
        from_json(json.dumps(value).encode(errors="replace"), "manifest.json")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"table": "invoice"},
            "manifest.json: invoice is no table: expected one of account, alarm_event, ",
        ),
        ({"name": "none.csv"}, "none.csv: is missing"),
        ({"name": "../manifest.json"}, "../manifest.json: expected the name of a file alone"),
        ({"sha256": "0"}, "setting.csv: is not as manifest.json has it: expected the file as it"),
    ],
    ids=str,
)
def test_an_entry_that_is_not_so(
    target: Store, place: Path, values: dict[str, object], said: str
) -> None:
    change_file(place, **values)
    assert refusal(target, place).startswith(said)


@pytest.mark.parametrize("act", ["delete", "change", "cut"])
def test_a_file_that_is_gone_or_was_changed(target: Store, place: Path, act: str) -> None:
    file = place / "snapshot.csv"
    content = file.read_bytes()
    if act == "delete":
        file.unlink()
    else:
        changed = {"change": content.replace(b"1000", b"2000", 1), "cut": content[:-1]}
        file.write_bytes(changed[act])
    said = refusal(target, place)
    assert said.startswith("snapshot.csv: is ")
    assert ("missing" in said) == (act == "delete")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "setting.csv",
            "name,value",
            "name,wert",
            "setting.csv:1: expected the columns name,value",
        ),
        ("setting.csv", "name,value", "name", "setting.csv:1: expected the columns name,value"),
        ("setting.csv", ",America/New_York", "", "setting.csv:4: list index out of range"),
    ],
)
def test_a_column_or_a_cell_that_is_missing(
    target: Store, place: Path, name: str, old: str, new: str, said: str
) -> None:
    substitute(place, name, old, new)
    assert refusal(target, place) == said


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "snapshot.csv",
            "2026-11-20T12:15",
            "2026-99-20T12:15",
            "time: expected a value of kind ti",
        ),
        ("snapshot.csv", "[1000,null,7]", "[1000,nil,7]", "current: expected a value of kind arr"),
        ("snapshot.csv", "[1000,null,7]", "[1.5]", "current: expected a value of kind array, not"),
        ("snapshot.csv", ",61,", ",x,", "seq: expected a value of kind number, not 'x'"),
    ],
)
def test_a_value_that_is_none_is_told_with_its_line(
    target: Store, place: Path, name: str, old: str, new: str, said: str
) -> None:
    substitute(place, name, old, new)
    with pytest.raises(InputError) as caught:
        import_export(target, place, NOW)
    assert str(caught.value).startswith(f"{place / name}:")
    assert said in str(caught.value)


@pytest.mark.parametrize("panel", ["../../evil", "a/b", "UP", "", "x" * 201, "ä", "."])
@pytest.mark.parametrize("table", ["snapshot", "poll_period", "panel"])
def test_a_panel_that_no_folder_and_no_topic_may_be_named_after(
    target: Store, place: Path, table: str, panel: str
) -> None:
    header, first, *others = (place / f"{table}.csv").read_text().splitlines()
    changed = [header, f"{panel},{first.partition(',')[2]}", *others, ""]
    rewrite(place, f"{table}.csv", "\n".join(changed).encode())
    with pytest.raises(InputError) as caught:
        import_export(target, place, NOW)
    expected = f"panel: expected an id of a-z, 0-9, _ and -, not {panel[:40]!r}"
    assert str(caught.value) == f"{place}/{table}.csv: {expected}"
    assert panel not in {record[0] for record in contents(target)[table]}


def test_a_column_of_an_earlier_schema_may_be_missing(
    target: Store, place: Path, source: Store
) -> None:
    lines = (place / "circuit_version.csv").read_text().splitlines()
    name = "power_factor_tolerance"
    assert lines[0].endswith(f",{name}")
    cut = [line.removesuffix(name).removesuffix(",") for line in lines]
    rewrite(place, "circuit_version.csv", "\n".join(cut).encode())
    import_export(target, place, NOW)
    assert contents(target) == contents(source)


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_place_that_is_taken_is_left_alone(source: Store, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a letter")
    with pytest.raises(InputError, match="is there already: expected a new"):
        export(source, tmp_path / name, "csv", ALL, NOW, "0.0.0")
    assert (tmp_path / name).read_text() == "a letter"


def test_a_folder_that_is_not_there_is_told(source: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="its folder is not there"):
        export(source, tmp_path / "none" / "out", "csv", ALL, NOW, "0.0.0")


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_that_fails_leaves_nothing_behind(
    source: Store, tmp_path: Path, name: str
) -> None:
    def fail(table: str, _done: int, _of: int) -> None:
        if table == "interval.csv":
            raise OSError(28, "No space left on device")

    before = set(tmp_path.iterdir())
    with pytest.raises(WorkError, match="cannot be written: No space left on device"):
        export(source, tmp_path / name, "csv", ALL, NOW, "0.0.0", fail)
    assert set(tmp_path.iterdir()) == before
    export(source, tmp_path / name, "csv", ALL, NOW, "0.0.0")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_parquet_without_pyarrow_is_told_with_what_to_install(
    source: Store, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    export(source, tmp_path / "out", "parquet", ALL, NOW, "0.0.0")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = "Parquet needs pyarrow: install bcm-mqtt with the extra parquet"
    if form == "csv":
        assert refusal(target, tmp_path / "out", WorkError) == said
    else:
        with pytest.raises(WorkError, match=said):
            export(source, tmp_path / "again", "parquet", ALL, NOW, "0.0.0")
        assert not (tmp_path / "again").exists()


def test_a_file_that_is_no_parquet_is_told(source: Store, target: Store, tmp_path: Path) -> None:
    place = tmp_path / "out"
    export(source, place, "parquet", ALL, NOW, "0.0.0")
    rewrite(place, "setting.parquet", b"PAR1 is what it begins with, no more")
    assert refusal(target, place).startswith("setting.parquet: cannot be read: ")
