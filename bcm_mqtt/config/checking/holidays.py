"""What calendars of holidays came to: dates that somebody can look over."""

from collections.abc import Iterator, Mapping

from bcm_mqtt.domain.tariff import Tariff


def holiday_notes(tariffs: Mapping[str, Tariff], year: int) -> Iterator[str]:
    """A sentence for each tariff with a calendar and each of a year and the next.

    Args:
        tariffs: By id.
        year: The running one.
    """
    for name, tariff in tariffs.items():
        if not tariff.holidays.named:
            continue
        for each in (year, year + 1):
            days = [one for one in tariff.holidays.named if one.day.year == each]
            shown = ", ".join(f"{one.day:%m-%d} {one.name}" for one in days) or "none"
            yield f"tariff {name}: holidays of {each}: {shown}"
