"""What a database says of itself to those who send it snapshots: its name and what it has.

A bridge that knows which commit stored a snapshot sees from the count of commits whether a
database that starts again was restored from before it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import lost_span, poll_period, recorder, setting, snapshot

DATABASE_SETTING: Final = "database_id"
"""Made once; a copy of the database has it, too."""


def count_commit(connection: Connection, name: str) -> int:
    """Counts one more commit of a recorder in the transaction that stores; returns the count."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    counted = (
        dialect.insert(recorder)
        .values(name=name, commits=1)
        .on_conflict_do_update(
            index_elements=[recorder.c.name], set_={"commits": recorder.c.commits + 1}
        )
        .returning(recorder.c.commits)
    )
    return int(connection.execute(counted).scalar_one())


class Receipts(Repository):
    """What bridges are told of a database, and what they say they have lost."""

    def database_id(self) -> str:
        """The name of this database, made with the first question."""
        query = select(setting.c.value).where(setting.c.name == DATABASE_SETTING)
        with self._database.reading() as connection:
            known = connection.execute(query).scalar()
        if known:
            return str(known)
        with self._database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            row = {"name": DATABASE_SETTING, "value": uuid4().hex[:16]}
            connection.execute(dialect.insert(setting).on_conflict_do_nothing(), row)
            return str(connection.execute(query).scalar_one())

    def commits(self, name: str) -> int:
        """How often a recorder has stored snapshots here."""
        query = select(recorder.c.commits).where(recorder.c.name == name)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0)

    def newest(self) -> dict[str, datetime]:
        """Time of the newest snapshot of each panel's only source.

        Of panels with several, no index has it; a bridge sends theirs again, which is harmless.
        """
        columns = snapshot.c
        newest = {}
        with self._database.reading() as connection:
            panels = connection.execute(select(poll_period.c.panel).distinct()).scalars().all()
            for panel in panels:
                of_panel = select(columns.time).where(columns.panel == panel, columns.source == "")
                last = connection.execute(of_panel.order_by(columns.time.desc()).limit(1)).scalar()
                if last is not None:
                    newest[panel] = last
        return newest

    def lost(self) -> list[LostSpan]:
        """What bridges lost, by panel and time."""
        column = lost_span.c
        query = select(
            column.panel,
            column.source,
            column.since,
            column.until,
            column.snapshots,
            column.cause,
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(column.panel, column.since))
            return [LostSpan(*row) for row in rows]

    def add_lost(self, bridge: str, spans: Sequence[LostSpan]) -> None:
        """Stores what a bridge says it lost; a span that has grown replaces what it was.

        Where the bridge's clock was set back, a span grows at its beginning, too.

        Args:
            bridge: Its id.
            spans: All that it has now: one that is among them is replaced by no other.
        """
        if not spans:
            return
        rows = [
            {
                "panel": span.panel,
                "source": span.source,
                "since": span.first,
                "until": span.last,
                "snapshots": span.snapshots,
                "cause": span.cause,
                "bridge": bridge,
            }
            for span in spans
        ]
        column = lost_span.c
        with self._database.writing() as connection:
            for span in spans:
                said = [one.first for one in spans if one.panel == span.panel]
                connection.execute(
                    delete(lost_span).where(
                        *(column.panel == span.panel, column.source == span.source),
                        *(column.bridge == bridge, column.cause == span.cause),
                        *(column.since > span.first, column.until <= span.last),
                        column.snapshots <= span.snapshots,
                        column.since.not_in(said),
                    )
                )
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            new = dialect.insert(lost_span)
            changed = {
                name: new.excluded[name] for name in ("until", "snapshots", "cause", "bridge")
            }
            keys = [column.panel, column.source, column.since]
            connection.execute(new.on_conflict_do_update(index_elements=keys, set_=changed), rows)
