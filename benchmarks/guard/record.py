"""The record of ratios: a table in docs/performance.md that is read and written back.

Only the lines between the two marks are the guard's; all else of the page stays as it is.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

FIRST, LAST = "<!-- guard: begin -->", "<!-- guard: end -->"
TOLERANCE = 0.1
"""Of a ratio: what one run differs from the next on a machine that others use, too."""
_HEAD = (
    "| row | ours | floor | ratio | range | measured |",
    "|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Record:
    """What a row was at a commit.

    Attributes:
        row: Its name.
        ours: Median of ours, in the row's unit.
        floor: Median of the floor.
        ratio: Median of the rounds' ratios of ours to the floor.
        least: The smallest of them.
        most: The greatest.
        day: When it was measured.
        commit: What was measured, abbreviated.
    """

    row: str
    ours: float
    floor: float
    ratio: float
    least: float
    most: float
    day: date
    commit: str


def record_of(row: str, rounds: Sequence[tuple[float, float]], day: date, commit: str) -> Record:
    """Of (ours, floor) of each round."""
    ratios = [ours / floor for ours, floor in rounds]
    return Record(
        row,
        statistics.median(ours for ours, _ in rounds),
        statistics.median(floor for _, floor in rounds),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        day,
        commit,
    )


def verdict(new: Record, last: Record | None, *, more_is_better: bool) -> str:
    """Ahead, level or behind the last record; or new."""
    if not last:
        return "new"
    change = new.ratio / last.ratio - 1
    if abs(change) <= TOLERANCE:
        return "level"
    return "ahead" if (change > 0) == more_is_better else "behind"


def read(page: str) -> dict[str, Record]:
    """By row, in the table's order.

    Raises:
        ValueError: There is no such table, or a line of it is no record; the message has the line.
    """
    records = {}
    for line in _table(page)[len(_HEAD) :]:
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        try:
            row, ours, floor, ratio, spread, measured = cells
            least, most = spread.split(" to ")
            day, commit = measured.split(", ")
            records[row] = Record(
                row,
                _number(ours),
                _number(floor),
                _number(ratio),
                _number(least),
                _number(most),
                date.fromisoformat(day),
                commit.strip("`"),
            )
        except ValueError:
            expected = "six cells as the guard writes them: write them again with --record"
            raise ValueError(f"docs/performance.md: {line}: expected {expected}") from None
    return records


def written(page: str, records: Iterable[Record]) -> str:
    """The page with these records in place of those of the same rows; others stay."""
    merged = read(page) | {record.row: record for record in records}
    before, _, rest = page.partition(FIRST)
    after = rest.partition(LAST)[2]
    lines = [*_HEAD, *map(_line, merged.values())]
    return "\n".join([before + FIRST, *lines, LAST + after])


def _table(page: str) -> list[str]:
    begins, ends = page.find(FIRST), page.find(LAST)
    if begins < 0 or ends < begins:
        raise ValueError(f"docs/performance.md: expected a table between {FIRST} and {LAST}")
    return page[begins + len(FIRST) : ends].split("\n")[1:-1]


def _number(cell: str) -> float:
    return float(cell.replace(",", ""))


def _line(record: Record) -> str:
    ours, floor, ratio, least, most = (
        _figure(one) for one in (record.ours, record.floor, record.ratio, record.least, record.most)
    )
    return (
        f"| `{record.row}` | {ours} | {floor} | {ratio} | {least} to {most} "
        f"| {record.day}, `{record.commit}` |"
    )


def _figure(value: float) -> str:
    """With three digits that count."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):g}"
