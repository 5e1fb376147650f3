"""The number series of a seller: where it ends, and whose bills go on with it."""

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.ledger.part import LedgerPart
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import setting

ChainEnd = tuple[int, str]
"""Number and hash of the last bill; 0 and "" before the first."""
_END_SETTING: Final = "last_bill"
"""Number and hash of a seller's last bill, so that one that is deleted is missed."""


def stored_end(connection: Connection, seller: str) -> ChainEnd:
    """A seller's last bill that is stored."""
    columns = bill_table.c
    query = select(columns.number, columns.sha256).where(columns.seller == seller)
    row = connection.execute(query.order_by(columns.number.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, "")


def _end_setting(seller: str) -> str:
    return f"{_END_SETTING} {seller}" if seller else _END_SETTING


def noted_end(connection: Connection, seller: str) -> ChainEnd:
    """What was a seller's last bill when one was issued last."""
    query = select(setting.c.value).where(setting.c.name == _end_setting(seller))
    number, _, digest = (connection.execute(query).scalar() or "0 ").partition(" ")
    return int(number), digest


def note_end(connection: Connection, seller: str, end: ChainEnd) -> None:
    """Notes a seller's last bill."""
    name = _end_setting(seller)
    connection.execute(delete(setting).where(setting.c.name == name))
    value = " ".join(map(str, end))
    connection.execute(insert(setting), {"name": name, "value": value})


def check_seller(connection: Connection, part: LedgerPart, month: Month, *, is_first: bool) -> None:
    """Refuses a month that another seller has billed, and a series that begins by mistake."""
    columns = bill_table.c
    others = (columns.site == part.site) & (columns.seller != part.seller)
    other = select(columns.seller, columns.number, columns.month).where(others)
    found = connection.execute(other.where(columns.month == str(month)).limit(1)).first()
    if found:
        raise WorkError(
            f"bill {found.number} of {found.month} is in the number series {found.seller!r}, and "
            f"the site's seller has {part.seller!r}: expected one series for a site's month"
        )
    if is_first and not part.may_begin:
        last = other.order_by(columns.number.desc()).limit(1)
        if found := connection.execute(last).first():
            raise WorkError(
                f"the site's bills up to bill {found.number} are in the number series "
                f"{found.seller!r}: set sellers.{part.seller}.series to {found.seller!r} to go on "
                f"with it, or to {part.seller!r} to begin another"
            )
