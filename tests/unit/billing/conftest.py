"""How the tests of reports read a page."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.reports import Issuer
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth

NEW_YORK = ZoneInfo("America/New_York")
ISSUER = Issuer("Data Center 1", NEW_YORK)
MADE = datetime(2026, 4, 1, 13, 12, tzinfo=UTC)
VOID = {"meta", "col"}


class Page(HTMLParser):
    """A parsed page; a tag that is not closed, or closed twice, fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self._texts: list[str] = []
        self._cell: list[str] | None = None
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in VOID:
            return
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in {"td", "th"} and self._cell is not None:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self._texts.append(data)
        if self._cell is not None:
            self._cell.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, in one line."""
        return " ".join(" ".join(self._texts).split())

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}

    def hrefs(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def bill_page(of: Bill, made: datetime = MADE) -> Page:
    return Page(html_bill(of, ISSUER, made))


def summary_page(of: SiteMonth, hrefs: dict[str, str] | None = None) -> Page:
    return Page(html_summary(of, ISSUER, MADE, hrefs=hrefs or {}))
