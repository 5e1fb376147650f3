"""What a recorder of an earlier release sends to its database, statement by statement.

`python -m unit.store.recorded FILE URL` writes FILE with what this release sends to a new database:
to be done before a release, for the schema that it has.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Quarantined, RecordingStore
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.store.test_device_intervals import metered

DATA: Final = Path(__file__).parents[2] / "data"
HALF_HOUR: Final = timedelta(minutes=30)
_WRITTEN: Final = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: bytes.hex,
}
_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": bytes.fromhex,
}
Statement = tuple[str, Any, bool]
"""SQL, its parameters, whether these are of many rows."""


def record(store: RecordingStore, begin: datetime) -> None:
    """Half an hour of a recorder: all that it writes."""
    end = begin + HALF_HOUR
    name = f"Customer1-{begin:%M}"
    sent = directory(circuit(description=name))
    store.receipts.database_id()
    store.directories.add(sent, encode_directory(sent), begin)
    store.arrivals.prepare_months(begin)
    polls = [*polled(begin, end, [1000, None, 7], poll_ms=15_000), *metered(begin, end)]
    for first in range(0, len(polls), 500):
        store.arrivals.add(polls[first : first + 500], "dc1")
    store.arrivals.add(polls[:3], "dc1")  # delivered twice
    store.quarantine.add([Quarantined("bcm/x/snapshot", name.encode(), begin, "no JSON")])
    alarm = (AlarmKind.OVERLOAD, begin, AlarmState.UNACKNOWLEDGED, Severity.WARNING)
    store.alarm_events.add([AlarmEvent("rpp-1a", 1, *alarm, 90)])
    store.receipts.add_lost("dc1", [LostSpan("rpp-1a", "", begin, end, 2, "outbox full")])
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK, today=date(2030, 1, 1)):
        pass


BEGINS: Final = (NOON, NOON + HALF_HOUR)
"""Of what comes before an upgrade, and of what comes after."""


def spied(store: RecordingStore, work: Callable[[], None]) -> list[Statement]:
    """What a work sends, with a commit after each transaction that writes."""
    sent: list[Statement] = []

    def execute(
        _connection: object,
        _cursor: object,
        sql: str,
        parameters: object,
        _context: object,
        many: bool,  # noqa: FBT001 - as SQLAlchemy calls it
    ) -> None:
        sent.append((sql, parameters, many))

    def commit(_connection: Connection) -> None:
        sent.append(("COMMIT", None, False))

    engine = store.database.engine
    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", commit)
    work()
    event.remove(engine, "before_cursor_execute", execute)
    event.remove(engine, "commit", commit)
    return [one for one in sent if not one[0].startswith(("BEGIN", "PRAGMA"))]


def replay(store: RecordingStore, statements: Sequence[Statement]) -> None:
    """Sends them again, as they were sent."""
    for transaction in _transactions(statements):
        with store.database.writing() as connection:
            for sql, parameters, many in transaction:
                of_rows = list(map(_row, parameters)) if many else _row(parameters)
                connection.exec_driver_sql(sql, of_rows)


def _row(parameters: Any) -> Any:  # noqa: ANN401 - as the driver has them
    return tuple(parameters) if isinstance(parameters, list) else parameters


def _transactions(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    part: list[Statement] = []
    for one in statements:
        if one[0] == "COMMIT":
            yield part
            part = []
        else:
            part.append(one)
    if part:
        yield part


def read(file: Path) -> list[list[Statement]]:
    """What was recorded: before an upgrade, and after it."""
    parts: list[list[Statement]] = json.loads(file.read_text(), object_hook=_value)
    return parts


def write(file: Path, parts: Sequence[Sequence[Statement]]) -> None:
    file.write_text(json.dumps(parts, default=_tagged, separators=(",", ":"), indent=0) + "\n")


def _tagged(value: object) -> object:
    value = getattr(value, "obj", value)  # of what drivers wrap bytes in
    kind = type(value)
    if kind in _WRITTEN:
        return {f"={kind.__name__}": _WRITTEN[kind](value)}  # type: ignore[operator]
    raise TypeError(kind)


def _value(found: dict[str, Any]) -> object:
    [(name, text), *more] = found.items() or [("", "")]
    return _READ[name[1:]](text) if name.startswith("=") and not more else found


if __name__ == "__main__":
    with closing(RecordingStore(sys.argv[2])) as opened:
        opened.database.ensure_schema()
        write(
            Path(sys.argv[1]),
            [spied(opened, lambda at=at: record(opened, at)) for at in BEGINS],  # type: ignore[misc]
        )
