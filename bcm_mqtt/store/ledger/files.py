"""Reports of issued bills that were handed out, known by their content: rows are only added."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select

from bcm_mqtt.domain.time import Month, whole_ms
from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import bill_file


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A file as it was handed out for the first time.

    Attributes:
        sha256: Of its bytes, hexadecimal.
        month: That it is of, YYYY-MM.
        bill: Number of the bill; None of a report of the whole month.
        form: Format, such as pdf.
        made: When, UTC.
        text_sha256: Of its visible text; None where the format has none.
        signature: By the site's key, base64; None where there was none.
    """

    sha256: str
    month: str
    bill: int | None
    form: str
    made: datetime
    text_sha256: str | None
    signature: str | None


_COLUMNS = [field.name for field in fields(HandedOut)]


class Files(PartRepository):
    """Files of a site's bills that were handed out."""

    def add(self, files: Sequence[HandedOut]) -> None:
        """Adds those that are not known yet."""
        with self._database.writing() as connection:
            lock(connection, bill_file)
            named = self._ours() & bill_file.c.sha256.in_([one.sha256 for one in files])
            known = set(connection.execute(select(bill_file.c.sha256).where(named)).scalars())
            rows = {
                one.sha256: {
                    **dict(zip(_COLUMNS, astuple(one), strict=True)),
                    "made": whole_ms(one.made),
                    "site": self.part.site,
                    "seller": self.part.seller,
                }
                for one in files
                if one.sha256 not in known
            }
            if rows:
                connection.execute(insert(bill_file), list(rows.values()))

    def known(self, sha256: str) -> HandedOut | None:
        """The file of these bytes."""
        return next(self._read(bill_file.c.sha256 == sha256), None)

    def with_text(self, text_sha256: str) -> list[HandedOut]:
        """Files of this visible text."""
        return list(self._read(bill_file.c.text_sha256 == text_sha256))

    def last(self, month: Month, form: str) -> HandedOut | None:
        """The report of a whole month that was handed out last in a format."""
        which = (bill_file.c.month == str(month)) & (bill_file.c.form == form)
        return max(self._read(which), key=lambda one: one.made, default=None)

    def _read(self, which: ColumnElement[bool]) -> Iterator[HandedOut]:
        with self._database.reading() as connection:
            columns = [bill_file.c[name] for name in _COLUMNS]
            query = select(*columns).where(self._ours(), which).order_by(bill_file.c.made)
            yield from [HandedOut(*row) for row in connection.execute(query)]

    def _ours(self) -> ColumnElement[bool]:
        columns = bill_file.c
        return (columns.site == self.part.site) & (columns.seller == self.part.seller)
