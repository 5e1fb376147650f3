"""Whatever valid file and whatever changes: the asked version is there, the rest stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.config.directory.csv_rows import text_of
from bcm_mqtt.config.directory.rewriting import changed
from bcm_mqtt.config.directory.table import read_table
from bcm_mqtt.domain.site.circuit import LEAVE, CircuitChange, CircuitVersion, Leave, poles_text
from bcm_mqtt.domain.site.directory import Directory as PanelDirectory
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError
from unit.builders import NEW_YORK, NOON, UNHURRIED, panel

POLES = 6
PANELS = {"rpp-1a": panel(poles=POLES), "ups": panel("ups", "480", poles=POLES)}
TIMES = (
    BEGINNING,
    datetime(2026, 3, 10, 4, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, 0, 250, tzinfo=UTC),
    NOON - timedelta(minutes=5),
    NOON + timedelta(days=30),
)
COUNT = {"1P": 1, "2P": 2, "2P-N": 2, "3P": 3, "3P-D": 3}
Directory = dict[tuple[str, int], dict[datetime, CircuitVersion]]
"""By panel and first pole, then by the time from which a version holds."""
T = TypeVar("T")

texts = st.sampled_from(["", "A-1", "B, left", '"2"', "#1", "=x", " x", "Ü"]) | st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8
)
ratings = st.none() | st.integers(1, 10000)
factors = st.none() | st.sampled_from([Decimal("0.95"), Decimal(1), Decimal("1E-7")])
breakers = st.builds(
    lambda first, count: tuple(range(first, first + 2 * count, 2)),
    st.integers(1, POLES),
    st.integers(1, 3),
)


@st.composite
def versions(draw: st.DrawFn) -> tuple[str, CircuitVersion]:
    poles = draw(breakers)
    usual = st.just(Connection.usual(len(poles)))
    version = CircuitVersion(
        poles=poles,
        description=draw(texts).strip(),
        customer=draw(texts).strip(),
        rating_amps=draw(ratings),
        connection=draw(usual | st.sampled_from(Connection)),
        power_factor=draw(factors),
        valid_from=draw(st.sampled_from(TIMES)),
    )
    return draw(st.sampled_from(["rpp-1a", "rpp-1a", "ups"])), version


def or_leave(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | Leave]:
    return st.just(LEAVE) | strategy


tied = st.one_of(
    st.just((LEAVE, LEAVE)),
    st.just((LEAVE, Connection.NONE)),
    st.tuples(breakers, st.just(LEAVE)),
    st.tuples(or_leave(breakers), or_leave(st.sampled_from(Connection))),
)
changes = st.builds(
    lambda tie, first_pole, **others: CircuitChange(
        first_pole=tie[0][0] if tie[0] is not LEAVE and first_pole else first_pole or 1,
        poles=tie[0],
        connection=tie[1],
        **others,
    ),
    tied,
    st.integers(0, 4),
    panel=st.sampled_from(["rpp-1a"] * 6 + ["ups", "rpp-9"]),
    description=or_leave(texts),
    customer=or_leave(texts),
    rating_amps=or_leave(ratings),
    power_factor=or_leave(factors),
    valid_from=st.none() | st.sampled_from(TIMES),
)


@dataclass(frozen=True)
class Style:
    """How somebody writes the file."""

    columns: tuple[str, ...]
    ends: tuple[str, ...]
    mark: bytes
    last_end: bool
    seed: int


styles = st.builds(
    Style,
    columns=st.permutations(
        [
            *("panel", "poles", "description", "customer"),
            *("rating", "connection", "power_factor", "valid_from"),
        ]
    ).map(tuple),
    ends=st.sampled_from([("\n",), ("\r\n",), ("\n", "\r\n"), ("\r",)]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    last_end=st.booleans(),
    seed=st.integers(0, 999),
)


def holds(directory: Directory) -> bool:
    """Whether every version can be fed and at no time two breakers hold one pole."""
    for (panel_id, first), history in directory.items():
        for version in history.values():
            poles, connection = version.poles, version.connection
            if poles[0] != first or poles[-1] > POLES:
                return False
            if connection != "none" and COUNT[connection] != len(poles):
                return False
            if panel_id == "ups" and connection in {"1P", "2P-N"}:
                return False
    for time in times_of(directory):
        held = [
            (panel_id, pole)
            for (panel_id, _), history in directory.items()
            for found in [in_force(history, time)]
            if found and found.connection != "none"
            for pole in found.poles
        ]
        if len(set(held)) < len(held):
            return False
    return True


def times_of(directory: Directory) -> set[datetime]:
    return {time for history in directory.values() for time in history}


def in_force(history: dict[datetime, CircuitVersion], at: datetime) -> CircuitVersion | None:
    begun = [time for time in history if time <= at]
    return history[max(begun)] if begun else None


def after(directory: Directory, change: CircuitChange, now: datetime) -> Directory | None:
    """The directory with the change, None where that cannot be; written without the program."""
    key = change.panel, change.first_pole
    history = directory.get(key, {})
    was = in_force(history, change.valid_from or now)
    version = was or CircuitVersion((change.first_pole,))
    version = retied(version, change)
    if change.description is not LEAVE:
        version = replace(version, description=change.description.strip())
    if change.customer is not LEAVE:
        version = replace(version, customer=change.customer.strip())
    if change.rating_amps is not LEAVE:
        version = replace(version, rating_amps=change.rating_amps)
    if change.connection is not LEAVE:
        version = replace(version, connection=change.connection)
    if change.power_factor is not LEAVE:
        version = replace(version, power_factor=change.power_factor)
    if version != was:
        begins = change.valid_from or now
        holds_the_same = was and (was.connection == "none", was.poles) == (
            version.connection == "none",
            version.poles,
        )
        recent = was and now - was.valid_from <= timedelta(minutes=10)
        if was and recent and holds_the_same and not change.valid_from:
            begins = was.valid_from
        version = replace(version, valid_from=begins)
        directory = {**directory, key: {**history, begins: version}}
    return directory if change.panel in PANELS and holds(directory) else None


def retied(version: CircuitVersion, change: CircuitChange) -> CircuitVersion:
    """The version with the poles of the change."""
    if change.poles is not LEAVE:
        if len(change.poles) != len(version.poles):
            usual = {1: "1P", 2: "2P", 3: "3P"}[len(change.poles)]
            version = replace(version, connection=Connection(usual))
        return replace(version, poles=change.poles)
    if change.connection is LEAVE or change.connection == "none":
        return version
    first, count = change.first_pole, COUNT[change.connection]
    if count == len(version.poles):
        return version
    return replace(version, poles=(first, first + 2, first + 4)[:count])


def written(style: Style, directory: Directory) -> bytes:
    """The file as somebody of this style writes it, with comments and blank lines."""
    random = Random(style.seed)
    rows = [(key[0], version) for key, history in directory.items() for version in history.values()]
    random.shuffle(rows)
    needed = [
        column
        for column in style.columns
        if column in {"panel", "poles"}
        or random.random() < 0.5
        or any(cell(column, *row) not in {"", usual(column, row[1])} for row in rows)
    ]
    lines = list(noise(random))
    lines.append(",".join(f" {name.upper()}" if random.random() < 0.3 else name for name in needed))
    for row in rows:
        lines += noise(random)
        cells = [cell(column, *row) for column in needed]
        if random.random() < 0.3:
            cells = ["" if text == usual(column, row[1]) else text
                     for column, text in zip(needed, cells, strict=True)]  # fmt: skip
        cells = [quoted(text, random) for text in cells]
        while random.random() < 0.5 and cells[-1] == "":
            cells.pop()
        lines.append(",".join(cells))
    lines += noise(random)
    ends = [random.choice(style.ends) for _ in lines]
    if not style.last_end and lines[-1]:
        ends[-1] = ""
    whole = "".join(line + end for line, end in zip(lines, ends, strict=True))
    return style.mark + whole.encode()


def noise(random: Random) -> Iterator[str]:
    while random.random() < 0.3:
        yield random.choice(["", "  ", ",,", "# rack 7, left", "#", '# "', "#rpp-1a,1,old"])


def usual(column: str, version: CircuitVersion) -> str:
    return Connection.usual(len(version.poles)).value if column == "connection" else ""


def cell(column: str, panel_id: str, version: CircuitVersion) -> str:
    if column == "valid_from":
        at = version.valid_from
        return "" if at == BEGINNING else at.isoformat().replace("+00:00", "Z")
    value: object = {
        "panel": panel_id,
        "poles": poles_text(version.poles),
        "description": version.description,
        "customer": version.customer,
        "rating": version.rating_amps,
        "connection": version.connection.value,
        "power_factor": version.power_factor,
    }[column]
    return "" if value is None else str(value)


def quoted(text: str, random: Random) -> str:
    if "," in text or '"' in text or text.startswith("#") or random.random() < 0.2:
        return '"' + text.replace('"', '""') + '"'
    return f" {text} " if text and random.random() < 0.2 else text


def as_read(content: bytes) -> Directory:
    table = read_table(text_of(content, "x"), PANELS, NEW_YORK, "x")
    assert not table.all_problems()
    found: Directory = {}
    for row in table.rows:
        history = found.setdefault((row.panel, row.version.first_pole), {})
        history[row.version.valid_from] = row.version
    return found


def directories_in(content: bytes) -> Mapping[str, PanelDirectory]:
    return read_table(text_of(content, "x"), PANELS, NEW_YORK, "x").directories(PANELS)


def lines_of(content: bytes) -> list[str]:
    return list(StringIO(content.decode(), newline=""))


def is_untouched(old: str, new: str) -> bool:
    """Byte for byte, but that the last line gets a line end when another one follows it."""
    return old == new or (not old.endswith(("\n", "\r")) and new.rstrip("\r\n") == old)


def is_header(line: str) -> bool:
    names = [name.strip().lower() for name in line.removeprefix("\ufeff").split(",")]
    return {"panel", "poles"} <= set(names)


def has_grown(old: str, new: str) -> bool:
    return is_header(old) and new.rstrip("\r\n").startswith(old.rstrip("\r\n") + ",")


def assert_only_one_row_differs(old: bytes, new: bytes, *, amended: bool) -> None:
    before, now = lines_of(old), lines_of(new)
    assert old.endswith((b"\n", b"\r")) == new.endswith((b"\n", b"\r"))
    assert len(now) == len(before) + (not amended)
    touched = [
        index
        for index in range(len(now))
        if all(
            is_untouched(one, other) or has_grown(one, other)
            for one, other in zip(
                before[:index] + before[index + amended :],
                now[:index] + now[index + 1 :],
                strict=True,
            )
        )
    ]
    assert touched


@given(
    candidates=st.lists(versions(), min_size=2, max_size=12),
    style=styles,
    asked=st.lists(st.tuples(changes, st.sampled_from([0, 1, 300, 86400])), min_size=2, max_size=9),
)
@UNHURRIED
def test_any_sequence_of_changes_gives_the_directory_that_was_asked_for_and_touches_no_other_line(
    candidates: list[tuple[str, CircuitVersion]],
    style: Style,
    asked: list[tuple[CircuitChange, int]],
) -> None:
    directory: Directory = {}
    for panel_id, version in candidates:
        key = panel_id, version.first_pole
        larger = {**directory, key: {**directory.get(key, {}), version.valid_from: version}}
        directory = larger if holds(larger) else directory
    content = written(style, directory)
    assert as_read(content) == directory
    now = NOON
    for change, seconds in asked:
        now += timedelta(seconds=seconds)
        expected = after(directory, change, now)
        if expected is None:
            with pytest.raises(
                InputError, match=f"^panel {change.panel} pole {change.first_pole}: "
            ):
                changed(content, [change], PANELS, NEW_YORK, now)
            continue
        done = changed(content, [change], PANELS, NEW_YORK, now)
        assert as_read(done.content) == expected
        assert directories_in(done.content) == done.directories
        assert bool(done.edits) == (expected != directory) == (done.content != content)
        for edit in done.edits:
            amended = edit.before is not None and edit.before.valid_from == edit.after.valid_from
            assert_only_one_row_differs(content, done.content, amended=amended)
        content, directory = done.content, expected
