"""Times as clocks on the wall show them, of which some come twice a year and some never."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def only_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The one instant, in UTC, at which clocks show a time.

    Args:
        local: Without an offset.
        zone: Of the clocks.

    Raises:
        ValueError: clocks show it twice, or never.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    if first.astimezone(zone).replace(tzinfo=None) != local:
        message = f"{shown} does not exist in {zone.key}, where clocks go forward over it"
    else:
        message = (
            f"{shown} comes twice in {zone.key}, where clocks go back: expected an offset, such as "
            f"{local.replace(tzinfo=zone).isoformat()}"
        )
    raise ValueError(message)
