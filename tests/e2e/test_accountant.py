"""An accountant's month in a real browser: processed, issued, sent, exported, announced."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from e2e.conftest import WITHIN_MS
from peers.mail_server import MailBox
from peers.process import BCM_MQTT, Process, free_port, wait_until
from unit.web.billing.measured_site import write_measured_site

LETTER = """billing:
  default_tariff: standard
  accounting: accounting.yaml
  numbers: {bills: "{year}-{count:4}"}
  letter:
    colour: "#7a1f5c"
    contact: [billing@dc1.example]
    pay_to: {iban: DE89 3704 0044 0532 0130 00, holder: Data Center 1 GmbH}
    texts: [not-from-the-utility]
"""
CUSTOMERS = """customers:
  Customer1: {name: "One, Inc.", email: [a@one.example], language: de}
  Customer2: {name: "Two, Inc.", email: [gone@two.example]}
"""
ACCOUNTS = """form: journal
receivable: "1200"
items: [{kind: tax, account: "2200"}, {account: "4000"}]
"""


@dataclass
class Desk:
    """The page of a site with everything that an accountant needs, and who is sent what."""

    url: str
    service: Process
    box: MailBox
    posted: list[dict[str, object]]


class _Books(ThreadingHTTPServer):
    """Takes issued bills."""

    def __init__(self) -> None:
        self.posted: list[dict[str, object]] = []
        posted = self.posted

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posted.append(json.loads(body)["bill"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Into no log."""

        super().__init__(("127.0.0.1", 0), Taking)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    config, port = write_measured_site(tmp_path), free_port()
    with MailBox(refused=("gone@two.example",)) as box, _Books() as books:
        Thread(target=books.serve_forever, args=(0.05,), daemon=True).start()
        text = config.read_text().replace("billing: {default_tariff: standard}\n", LETTER)
        mail = f"host: 127.0.0.1, port: {box.port}, security: none, sender: billing@dc1.example"
        hook = f'webhook: "http://127.0.0.1:{books.server_port}/", secret: s'
        config.write_text(
            f"{text}mail: {{{mail}}}\nweb: {{port: {port}}}\n"
            f"notifications: {{receivers: {{books: {{{hook}}}}}, issued_bills: [books]}}\n"
        )
        (tmp_path / "accounting.yaml").write_text(ACCOUNTS)
        (tmp_path / "customers.yaml").write_text(CUSTOMERS)
        with Process([*BCM_MQTT, "web", "-c", str(config)], tmp_path / "web.log") as service:
            wait_until(lambda: "page: http" in service.said(), 60, service.said)
            yield Desk(f"http://127.0.0.1:{port}/", service, box, books.posted)
            assert "Traceback" not in service.said()
        books.shutdown()


def item(page: Page, what: str) -> Locator:
    """A line of the checklist."""
    return page.locator("#content .checklist li").filter(has_text=what)


def test_a_month_goes_from_processed_to_exported(browser: Browser, desk: Desk) -> None:
    visit = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    page.goto(f"{desk.url}billing/2026-03")
    page.locator("#run [data-act=process]").click()
    expect(page.locator("#customers")).to_be_visible()
    page.get_by_role("button", name="Release…").click()
    page.locator("#release [name=by]").fill("J. Doe")
    page.locator("#release [name=reason]").fill("the load is constant")
    page.locator("#release [type=submit]").click()
    page.get_by_role("button", name="Issue 2 bills…").click()
    page.locator("#issue [type=submit]").click()
    row = page.locator('#customers tr[data-id="Customer1"]')
    expect(row).to_contain_text("bill 2026-0001")
    page.get_by_role("button", name="Send 2 bills…").click()
    page.locator("#send [type=submit]").click()
    expect(item(page, "Bills sent")).to_contain_text("1 bill was mailed.")
    expect(page.locator("#content")).to_contain_text("gone@two.example")
    with page.expect_download() as started:
        item(page, "Exported for accounting").get_by_role("link", name="Export").click()
    assert started.value.suggested_filename == "2026-03-journal.csv"
    rows = [line.split(",") for line in started.value.path().read_text().splitlines()]
    assert [cells[0] for cells in rows] == ["invoice", *["2026-0001"] * 2, *["2026-0002"] * 2]
    assert [cells[3:5] for cells in rows[1:3]] == [["1200", "debit"], ["4000", "credit"]]
    expect(item(page, "Exported for accounting")).to_have_class("done")
    visit.close()

    ((recipients, message),) = desk.box.taken
    assert recipients == ("a@one.example",)
    assert message["Subject"] == "Data Center 1: Rechnung 2026-0001 für März 2026"
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        "application/pdf",
    ]
    page_of_mail = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for part in ("Zu zahlen", "Zahlbar bis", "Wirkarbeit", "#7a1f5c"):
        assert part in page_of_mail
    attached = next(message.iter_attachments())
    assert attached.get_filename() == "bill-2026-0001-2026-03.pdf"
    document = pypdfium2.PdfDocument(attached.get_content())
    printed = "\n".join(one.get_textpage().get_text_range() for one in document)
    assert "DE89 3704 0044 0532 0130 00" in printed
    assert "Sie ist nicht vom Stromversorger." in printed.replace("\r\n", " ")
    wait_until(lambda: len(desk.posted) == 2, 30, desk.service.said)
    assert [bill["number"] for bill in desk.posted] == ["2026-0001", "2026-0002"]
