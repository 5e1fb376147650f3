"""Prices that issued bills were made with: each list once, whichever bills have it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.tables import price_used


@dataclass(frozen=True, slots=True)
class UsedPrices:
    """Prices of a series, as a bill was made with them.

    Attributes:
        sha256: Of `seen`, hexadecimal: the fingerprint that the bill has of them.
        seen: The prices as JSON, by the parts of the month in which its tariff names the series.
        minutes: How long each holds, in their order; or one number for all.
    """

    sha256: str
    seen: str = field(repr=False)
    minutes: str = field(repr=False)


def read_used(connection: Connection, hashes: Collection[str]) -> dict[str, UsedPrices]:
    """Those of some hashes, by hash, as far as they are stored."""
    query = select(price_used).where(price_used.c.sha256.in_(hashes))
    return {row.sha256: UsedPrices(*row) for row in connection.execute(query)}


def put_used(connection: Connection, used: Iterable[UsedPrices]) -> None:
    """Stores what is not there yet."""
    by_hash = {one.sha256: one for one in used}
    rows: list[Row] = [(key, one.seen, one.minutes) for key, one in sorted(by_hash.items())]
    put(connection, price_used, rows, replace=False)
