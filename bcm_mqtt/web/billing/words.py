"""Links to explanations, and times as fields take them; how all else is written is billing's."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import FigureQuery


def local_input(at: datetime, zone: ZoneInfo) -> str:
    """As a field for times takes it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def intervals(panel: str, pole: int) -> str:
    """The link to the intervals of a circuit, from a page of the month."""
    return f"intervals?{urlencode({'panel': panel, 'pole': pole})}"


def why(customer: str, asked: FigureQuery | None = None) -> str:
    """The link to an explanation of a figure, from a page of the month."""
    named: dict[str, str | int] = {"customer": customer}
    if asked:
        if asked.line is not None:
            named["line"] = asked.line
        if asked.circuit:
            named["panel"], named["pole"] = asked.circuit
        if asked.at:
            named["at"] = asked.at.isoformat()
        if asked.day:
            named["day"] = str(asked.day)
    return f"explain?{urlencode(named)}"
