"""What was found when panels were commissioned: rows are added and never changed."""

from collections.abc import Sequence
from dataclasses import astuple, replace

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import commissioning_result

_COLUMNS = tuple(column.name for column in commissioning_result.c)


class Commissionings(Repository):
    """Results by panel."""

    def add(self, results: Sequence[Result]) -> None:
        """Adds results, all or none; one that is there already is passed over."""
        rows = [
            dict(zip(_COLUMNS, astuple(replace(one, at=whole_ms(one.at))), strict=True))
            for one in results
        ]
        if rows:
            with self._database.writing() as connection:
                dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
                new = dialect.insert(commissioning_result).on_conflict_do_nothing()
                connection.execute(new, rows)

    def of_panel(self, panel: str) -> list[Result]:
        """All of a panel, by time."""
        table = commissioning_result
        query = select(table).where(table.c.panel == panel).order_by(table.c.at, table.c.place)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Result(**{**row, "verdict": Verdict(row["verdict"])}) for row in rows]
