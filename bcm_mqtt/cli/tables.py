"""Tables and progress bars, by rich; apart from what else is printed, as services print neither."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import fill
from typing import Final, Literal

from rich.console import Console, ConsoleOptions, OverflowMethod, RenderableType
from rich.progress import Progress, TaskID
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bcm_mqtt.cli.output import Cell, Format, put_json
from bcm_mqtt.domain.printable import shown, shown_lines

_ANY_WIDTH: Final = 10_000
_LONGEST_WHOLE: Final = 30
"""Characters of a cell that is not wrapped."""


class _Printer(Console):
    """Escapes whatever is rendered, also within tables and bars; rich lets escapes through."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The parts of something, those of a terminal's control as they are."""
        for part in super().render(renderable, options):
            yield part if part.control else part._replace(text=shown_lines(part.text))


def console() -> Console:
    """Standard output; wide where it is no terminal, so that no cell is cut."""
    return _Printer(width=None if sys.stdout.isatty() else 160, highlight=False)


def progress_bar() -> Progress:
    """Progress on standard error: a bar on a terminal, nothing in a pipe."""
    err = _Printer(stderr=True)
    return Progress(console=err, transient=True, disable=not err.is_terminal)


@contextmanager
def file_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each file of work that goes file by file; takes its name, what is done, and all."""
    with progress_bar() as progress:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name)
            progress.update(tasks[name], completed=done, total=of, visible=done < of)

        yield show


def print_rows(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str], form: Format) -> None:
    """Prints rows of equal keys.

    Args:
        rows: By column.
        columns: In order.
        form: How.
    """
    if form == "json":
        put_json([dict(row) for row in rows])
    elif form == "csv":
        # Not at the top, because Jinja2 comes with it.
        from bcm_mqtt.billing.reports.csv_report import safe_text  # noqa: PLC0415

        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {
                    column: safe_text(shown(cell)) if isinstance(cell, str) else cell
                    for column, cell in row.items()
                }
            )
        sys.stdout.flush()  # or a reader that has gone is noticed too late to be forgiven
    else:
        print_table(rows, columns)


def print_table(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> None:
    """Prints a table for people, as wide as the terminal at most; numbers to the right."""
    out = console()
    any_width = out.options.update(width=_ANY_WIDTH)
    table = _plain_table(rows, columns)
    overflow: OverflowMethod
    for overflow in ("ellipsis", "fold"):  # the second loses nothing at any width
        if out.measure(table, options=any_width).maximum > out.width:
            table = _narrow_table(rows, columns, overflow)
    out.print(table)


def _plain_table(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), justify=_side(rows, column))
    _add_rows(table, rows, columns)
    return table


def _narrow_table(
    rows: Sequence[Mapping[str, Cell]], columns: Sequence[str], overflow: OverflowMethod
) -> Table:
    """For a terminal that is too narrow: without empty columns, and headings in several lines.

    So that ids and descriptions stay whole; only texts of many words are wrapped.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    filled = [column for column in columns if any(row[column] not in {None, ""} for row in rows)]
    for column in filled:
        longest = max(len(str(row[column])) for row in rows)
        words = column.split("_")
        heading = fill(" ".join(words), max(longest, *map(len, words)), break_long_words=False)
        table.add_column(
            heading,
            justify=_side(rows, column),
            no_wrap=overflow != "fold" and longest <= _LONGEST_WHOLE,
            overflow=overflow,
        )
    _add_rows(table, rows, filled)
    return table


def _side(rows: Sequence[Mapping[str, Cell]], column: str) -> Literal["left", "right"]:
    return "right" if any(isinstance(row[column], int | float) for row in rows) else "left"


def _add_rows(table: Table, rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> None:
    for row in rows:
        # A Text, so that brackets in a description are not markup, nor :x: an emoji.
        table.add_row(
            *(Text("" if row[name] is None else shown(str(row[name]))) for name in columns)
        )
