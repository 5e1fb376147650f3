"""What `circuits import` takes and prints of a panel schedule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

import click

from bcm_mqtt.cli.output import Cell, say
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.site.schedule import Column, PanelSchedule
from bcm_mqtt.errors import InputError


@dataclass(frozen=True, slots=True)
class ScheduleOptions:
    """How people say that a file is read.

    Attributes:
        panel: Whose schedule it is, or "".
        named: `COLUMN=HEADING`.
        sheet: Of a workbook, or "".
        skips_problems: Whether rows that can be read are taken without those that cannot.
    """

    panel: str
    named: tuple[str, ...]
    sheet: str
    skips_problems: bool

    @property
    def given(self) -> bool:
        """Whether any is, so that the file is a panel schedule."""
        return bool(self.panel or self.named or self.sheet or self.skips_problems)

    def read(self, content: bytes, panels: Mapping[str, Panel], source: str) -> PanelSchedule:
        """The schedule of a file.

        Raises:
            InputError: an option is wrong, or a cell cannot be read and is not to be skipped.
        """
        # Not at the top, because other commands on circuits need nothing of exchange.
        from bcm_mqtt.exchange.schedule_files import schedule_of  # noqa: PLC0415

        if self.panel and self.panel not in panels:
            known = ", ".join(sorted(panels))
            raise InputError.of(f"--panel {self.panel!r}: expected one of {known}")
        only = self.panel or (next(iter(panels)) if len(panels) == 1 else "")
        found = schedule_of(
            content, panels, only, dict(map(_named, self.named)), source, self.sheet
        )
        if found.problems and not (self.skips_problems and found.rows):
            raise InputError(found.problems)
        return found


def schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options as `schedule`."""

    @wraps(command)
    def taking(
        panel: str, named: tuple[str, ...], sheet: str, *, skip_problems: bool, **others: object
    ) -> None:
        command(schedule=ScheduleOptions(panel, named, sheet, skip_problems), **others)

    for option in (
        click.option(
            "--skip-problems", is_flag=True, help="Take the rows of a schedule that can be read."
        ),
        click.option("--sheet", default="", metavar="NAME", help="Of a workbook."),
        click.option(
            "--map",
            "named",
            multiple=True,
            metavar="COLUMN=HEADING",
            help=f"Which heading says what: {', '.join(Column)}. Without a heading: none does.",
        ),
        click.option(
            "--panel", default="", metavar="ID", help="Whose schedule it is, where it names none."
        ),
    ):
        taking = option(taking)
    return taking


def print_columns(found: PanelSchedule) -> None:
    """What each column was taken for, and what was passed over."""
    header = found.header
    rows: list[dict[str, Cell]] = [
        {"heading": heading, "taken as": column.value if column else "not taken"}
        for heading, column in zip(header.headings, header.columns, strict=True)
        if heading
    ]
    print_rows(rows, ("heading", "taken as"), "table")
    for sentence in found.notes():
        say(sentence)
    for problem in found.problems:
        say(f"not taken: {problem}", err=True)
    say()


def _named(text: str) -> tuple[Column, str]:
    name, separator, heading = text.partition("=")
    if not separator or name not in set(Column):
        expected = f"expected COLUMN=HEADING with one of {', '.join(Column)}"
        raise InputError.of(f"--map {text!r}: {expected}")
    return Column(name), heading.strip()
