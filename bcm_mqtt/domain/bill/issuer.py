"""Who issues bills, and on what paper."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

PAPERS = ("a4", "letter")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The head and the foot of every report.

    Attributes:
        name: Of the site.
        zone: For local times.
        address: Lines.
        tax_id: Or "".
        footer: Lines below everything, such as how to pay.
        paper: One of PAPERS.
        id: Of the site.
        payment: From the date of a bill until it is due.
    """

    name: str
    zone: ZoneInfo
    address: tuple[str, ...] = ()
    tax_id: str = ""
    footer: tuple[str, ...] = ()
    paper: str = "a4"
    id: str = ""
    payment: timedelta = timedelta(days=30)
