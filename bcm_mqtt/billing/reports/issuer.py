"""Who issues bills, and on what paper."""

from dataclasses import dataclass
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
    """

    name: str
    zone: ZoneInfo
    address: tuple[str, ...] = ()
    tax_id: str = ""
    footer: tuple[str, ...] = ()
    paper: str = "a4"
    id: str = ""
