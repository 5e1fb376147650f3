"""meters.csv edited: what people wrote stays as they wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import text_of
from bcm_mqtt.config.directory.lines import Line, SheetLines
from bcm_mqtt.config.directory.meter_table import METER_COLUMNS, MeterTable, meter_table
from bcm_mqtt.config.directory.replaced_file import (
    BeforeWriting,
    FileStamp,
    replace_file,
    write_at_once,
)
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import (
    InstrumentChange,
    InstrumentEdit,
    MeteredPanel,
    edited_instruments,
)
from bcm_mqtt.domain.time import Clock, instant_text
from bcm_mqtt.errors import InputError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RewrittenMeters:
    """The instruments after meters.csv was rewritten.

    Attributes:
        edits: What the changes did.
        instruments: Of every panel that has any, as the file says.
        stamp: Of the file that says so.
    """

    edits: tuple[InstrumentEdit, ...]
    instruments: Mapping[str, tuple[Instrument, ...]]
    stamp: FileStamp


def change_instruments(
    settings: Settings,
    changes: Sequence[InstrumentChange],
    clock: Clock,
    before_writing: BeforeWriting = write_at_once,
    *,
    dry_run: bool = False,
) -> RewrittenMeters:
    """Applies changes to meters.csv, all of them or none, as `edited_instruments` does.

    The file is replaced in one step, as circuits.csv is; all other lines stay byte for byte.

    Args:
        settings: With the file, which is made when it does not exist.
        changes: In the order to apply them.
        clock: Gives the present.
        before_writing: Is told of what will be written.
        dry_run: Only says what the changes would do.

    Raises:
        InputError: the file is bad as it stands, or the changes cannot be made.
        WorkError: it cannot be replaced; the old one is still there.
    """
    file, zone = settings.meters, settings.site.zone
    panels = {key: panel.metered for key, panel in settings.panels.items()}
    had_rows = any(directory.instruments for directory in settings.directories.values())
    done: list[tuple[tuple[InstrumentEdit, ...], Mapping[str, MeteredPanel]]] = []

    def new_content(content: bytes | None) -> bytes | None:
        if content is None and had_rows:
            # A new file would have this change's rows and no others.
            raise InputError.of("is gone: bring it back first", source=str(file))
        old = content if content is not None else f"{','.join(METER_COLUMNS)}\n".encode()
        table = _good_table(old, panels, zone, str(file))
        rows = table.instruments()
        now_metered = {
            key: MeteredPanel(one.panel, one.units, rows.get(key, ()))
            for key, one in panels.items()
        }
        after, edits = edited_instruments(now_metered, changes, clock())
        done.append((edits, after))
        if not edits or dry_run:
            return None
        sheet = MeterSheet(table, zone)
        for edit in edits:
            sheet.write(edit)
        mark = _BYTE_ORDER_MARK if old.startswith(_BYTE_ORDER_MARK) else b""
        new = mark + sheet.text().encode()
        before_writing(content, new, len(edits))
        return new

    stamp = replace_file(file, new_content)
    edits, after = done[-1]
    return RewrittenMeters(edits, {key: one.rows for key, one in after.items() if one.rows}, stamp)


def _good_table(
    content: bytes, panels: Mapping[str, MeteredPanel], zone: ZoneInfo, source: str
) -> MeterTable:
    table = meter_table(text_of(content, source), panels, zone, source)
    if problems := table.all_problems():
        raise InputError(problems)
    return table


class MeterSheet:
    """meters.csv as a sheet to write edits of instruments in."""

    def __init__(self, table: MeterTable, zone: ZoneInfo) -> None:
        """Begins with a table that was read without problems."""
        self._zone = zone
        self._lines = SheetLines(table.read)
        self._rows: dict[tuple[str, int], tuple[Line, Instrument]] = {}
        self._last_of_panel: dict[str, Line] = {}
        for row, line in zip(table.rows, self._lines.rows, strict=True):
            self._rows[row.panel, id(row.instrument)] = line, row.instrument
            self._last_of_panel[row.panel] = line

    def write(self, edit: InstrumentEdit) -> None:
        """Amends a row, or adds one below the last one of its panel."""
        if edit.amends and edit.before:
            line, _ = self._rows[edit.panel, id(edit.before)]
            cells = list(line.cells)
            self._fill(cells, self._texts(edit.panel, edit.before), edit)
            self._lines.amend(line, cells)
        else:
            cells = [""] * len(self._lines.columns)
            self._fill(cells, {}, edit)
            line = self._lines.insert(cells, self._last_of_panel.get(edit.panel))
            self._last_of_panel[edit.panel] = line
        # With the row itself, so that its id stays its own.
        self._rows[edit.panel, id(edit.after)] = line, edit.after

    def text(self) -> str:
        """The file as it is now."""
        return self._lines.text()

    def _fill(self, cells: list[str], was: Mapping[str, str], edit: InstrumentEdit) -> None:
        """Writes those cells that do not say it yet; adds the columns that are missing."""
        for column, text in self._texts(edit.panel, edit.after).items():
            if was.get(column, "") != text:
                self._lines.put(cells, column, text)

    def _texts(self, panel: str, row: Instrument) -> dict[str, str]:
        return {
            "panel": panel,
            "unit_id": "" if row.unit_id is None else str(row.unit_id),
            "poles": poles_text(row.poles) if row.unit_id is None else "",
            "valid_from": instant_text(row.valid_from, self._zone),
            **row.texts(),
        }
