"""What ESPI (NAESB REQ.21) numbers: currencies (ISO 4217), and the rules of clock changes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

NUMERIC = MappingProxyType(
    {
        "AED": 784,
        "ARS": 32,
        "AUD": 36,
        "BGN": 975,
        "BHD": 48,
        "BRL": 986,
        "CAD": 124,
        "CHF": 756,
        "CLP": 152,
        "CNY": 156,
        "COP": 170,
        "CRC": 188,
        "CZK": 203,
        "DKK": 208,
        "EGP": 818,
        "EUR": 978,
        "GBP": 826,
        "HKD": 344,
        "HUF": 348,
        "IDR": 360,
        "ILS": 376,
        "INR": 356,
        "ISK": 352,
        "JOD": 400,
        "JPY": 392,
        "KES": 404,
        "KRW": 410,
        "KWD": 414,
        "KZT": 398,
        "MAD": 504,
        "MXN": 484,
        "MYR": 458,
        "NGN": 566,
        "NOK": 578,
        "NZD": 554,
        "OMR": 512,
        "PEN": 604,
        "PHP": 608,
        "PKR": 586,
        "PLN": 985,
        "QAR": 634,
        "RON": 946,
        "RSD": 941,
        "SAR": 682,
        "SEK": 752,
        "SGD": 702,
        "THB": 764,
        "TND": 788,
        "TRY": 949,
        "TWD": 901,
        "UAH": 980,
        "USD": 840,
        "UYU": 858,
        "VND": 704,
        "ZAR": 710,
    }
)
"""A currency that is not here is left out of the file."""


_LAST: Final = 7
_YEARS: Final = 6
"""So many years distinguish the second Sunday from the last one."""
_NO_RULE: Final = "00000000"
_NONE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class DstRules:
    """A zone's clock changes in a year and after it.

    Attributes:
        start: Rule of the change forward, 8 hexadecimal digits; zeros where there is none.
        end: Rule of the change back.
        offset_s: By how much clocks are forward in summer.
        standard_s: Offset from UTC in winter.
    """

    start: str
    end: str
    offset_s: int
    standard_s: int


@dataclass(frozen=True, slots=True)
class _Change:
    """A change: what the clock showed when it was changed, and by how much it was."""

    wall: datetime
    seconds: int


def dst_rules(zone: ZoneInfo, year: int) -> DstRules:
    """The rules that hold from the beginning of a year."""
    changes = [change for ahead in range(_YEARS) for change in _changes(zone, year + ahead)]
    forward = [change for change in changes if change.seconds > 0]
    back = [change for change in changes if change.seconds < 0]
    # Not what the zone itself calls standard: in Dublin that is the summer.
    noons = [datetime(year, month, 1, 12, tzinfo=zone) for month in range(1, 13)]
    standard_s = min(int((noon.utcoffset() or _NONE).total_seconds()) for noon in noons)
    if len(forward) < _YEARS or len(back) < _YEARS:
        return DstRules(_NO_RULE, _NO_RULE, 0, standard_s)
    return DstRules(_rule(forward), _rule(back), forward[0].seconds, standard_s)


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    """Those of a local year."""
    hour = timedelta(hours=1)
    at = datetime(year, 1, 1, tzinfo=UTC)
    changes = []
    while at.year == year:
        before, after = (moment.astimezone(zone).utcoffset() for moment in (at, at + 24 * hour))
        if before != after and before is not None and after is not None:
            moment = at
            while moment.astimezone(zone).utcoffset() == before:
                moment += hour / 4
            wall = (moment + before).replace(tzinfo=None)
            changes.append(_Change(wall, int((after - before).total_seconds())))
        at += 24 * hour
    return changes


def _rule(changes: list[_Change]) -> str:
    """Bits 0-11 seconds, 12-16 hour, 17-19 weekday, 20-24 day, 25-27 which, 28-31 month."""
    walls = [change.wall for change in changes]
    first = walls[0]
    time = (60 * first.minute + first.second) | first.hour << 12
    weekdays = {wall.isoweekday() for wall in walls}
    nth = {(wall.day - 1) // 7 + 1 for wall in walls}
    last = all((wall + timedelta(days=7)).month != wall.month for wall in walls)
    month = first.month << 28
    if len(weekdays) == 1 and (last or len(nth) == 1):
        which = _LAST if last else min(nth) + 1
        return f"{time | first.isoweekday() << 17 | which << 25 | month:08X}"
    return f"{time | first.day << 20 | month:08X}"  # on that day of the month
