"""A tenant with a phone, in German: from a forgotten password to a question that is answered."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bcm_mqtt.access.accounts import add_user, change_email, change_language
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.store import Store
from e2e.conftest import PHONE, WITHIN_MS, page_served
from e2e.test_accessible import violations
from peers.mail_server import MailBox
from peers.process import wait_until
from peers.site import Site
from unit.builders import NEW_YORK, NOON, polled

PASSWORD, CHOSEN = "correct horse battery", "a staple of my own choosing"
CIRCUITS = ("rpp-1a,1,Miller-Backofen,20", "rpp-1a,2,Miller-Licht,20", "rpp-1a,3,Other-Server,20")
TARIFFS = """\
tariffs:
  standard:
    currency: EUR
    versions:
      - valid_from: 2020-01-01
        energy: 0.25
        fees: [{name: Grundpreis, per: month, price: 9}]
"""
TOO_SMALL = """
() => [...document.querySelectorAll(":is(main, .top) :is(a, button, select, textarea)")]
  .filter((one) => one.offsetParent && !one.closest("dialog"))
  .filter((one) => one.getBoundingClientRect().height < 43.5)
  .map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 40)}`)"""
"""What a thumb does not hit."""


@dataclass
class House:
    """A site with a tenant, and the mails that are sent."""

    url: str
    site: Site
    post: MailBox


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        post = stack.enter_context(MailBox())
        sites: list[Site] = []

        def prepare(site: Site) -> None:
            sites.append(site)
            _prepare(site, post.port)

        running = stack.enter_context(page_served(tmp_path / "house", prepare))
        yield House(running.url, sites[0], post)


def _prepare(site: Site, smtp: int) -> None:
    """Forty days of readings; last month is issued by the command line."""
    text = site.config.read_text()
    port = re.search(r"web: \{port: (\d+)", text)
    assert port
    text = text.replace(port[0], f"{port[0]}, url: 'http://127.0.0.1:{port[1]}/'")
    mail = f"mail: {{host: 127.0.0.1, port: {smtp}, security: none, sender: haus@site.example}}\n"
    site.config.write_text(text + mail)
    (site.folder / "tariffs.yaml").write_text(TARIFFS)
    site.write_circuits(CIRCUITS)
    now = datetime.now(UTC)
    first = now.astimezone(NEW_YORK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begin = (first - timedelta(days=1)).replace(day=1).astimezone(UTC)
    with closing(Store(site.database)) as store:
        store.database.ensure_schema()
        store.arrivals.add(polled(begin, now, [8_000, 2_000, 5_000]))
        while store.roll_up.intervals():
            pass
        add_user(store.accounts, NOON, "anna", Role.ADMIN, (), PASSWORD)
        add_user(store.accounts, NOON, "kim", Role.CUSTOMER, ("Miller",), PASSWORD)
        change_email(store.accounts, NOON, "kim", "kim@example.com")
        change_language(store.accounts, NOON, "kim", "de")


def test_a_tenant_resets_the_password_and_asks_about_a_figure(
    browser: Browser, house: House
) -> None:
    month = (datetime.now(NEW_YORK).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    house.site.run("bill", month, "--issue", "--customer", "Miller")
    size = ViewportSize(width=PHONE["width"], height=PHONE["height"])
    window = browser.new_context(viewport=size, locale="de-DE", has_touch=True, is_mobile=True)
    window.set_default_timeout(WITHIN_MS)
    page, complaints = window.new_page(), list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    _forgets(page, house)
    _looks(page, house)
    _names_and_limits(page)
    _asks(page, house)
    assert complaints == []
    window.close()


def _forgets(page: Page, house: House) -> None:
    """The link is in the mail, good once."""
    page.goto(house.url)
    page.click("text=Passwort vergessen?")
    fits(page)
    page.fill("input[name=name]", "kim")
    page.click("text=Link senden")
    expect(page.locator(".done")).to_contain_text("unterwegs")
    wait_until(lambda: bool(house.post.taken), 60, lambda: "no mail")
    [(to, mail)] = house.post.taken
    assert to == ("kim@example.com",)
    link = re.search(r"http://\S+#\S+", mail.get_content())
    assert link
    page.goto(link[0])
    fits(page)
    page.fill("input[name=password]", CHOSEN)
    page.click("text=Passwort ändern")
    page.wait_for_url(f"{house.url}login")
    page.fill("input[name=name]", "kim")
    page.fill("input[name=password]", CHOSEN)
    page.click("#login button")
    page.wait_for_url(f"{house.url}home")


def _looks(page: Page, house: House) -> None:
    expect(page.locator("h1")).to_contain_text("Miller")
    expect(page.locator("#month-title")).to_contain_text("Dieser Monat bisher")
    expect(page.locator(".circuits .name").first).to_contain_text("Miller-Backofen")
    expect(page.locator(".bills")).to_contain_text("fällig am")
    assert "Other" not in page.inner_text("main")
    fits(page)
    assert violations(page) == []
    with page.expect_download() as download:
        page.click(".bills >> text=PDF")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.locator(".tiles a").first.click()
    expect(page.locator("h1")).to_contain_text("Wie sie zustande kam")
    fits(page)
    page.goto(f"{house.url}home")


def _names_and_limits(page: Page) -> None:
    page.locator(".circuits button").first.click()
    page.fill("dialog[open] input", "Mein Herd")
    page.click("dialog[open] button[type=submit]")
    expect(page.locator(".circuits .name").first).to_contain_text("Mein Herd")
    page.fill("#budget [name=kwh]", "viel")
    page.click("#budget button")
    expect(page.locator('#budget [data-error="kwh"]')).to_contain_text("viel")
    page.fill("#budget [name=kwh]", "0,001")
    page.click("#budget button")
    expect(page.locator(".alarms")).to_contain_text("ist verbraucht")
    fits(page)
    assert violations(page) == []


def _asks(page: Page, house: House) -> None:
    house.post.taken.clear()
    page.locator(".tiles a").last.click()
    expect(page.locator("main")).to_contain_text("Was der Monat ergeben kann")
    page.fill("#ask textarea", "Warum ist das so viel?")
    page.click("#ask button")
    expect(page.locator("#ask .done")).to_contain_text("an den Betreiber gesendet")
    questions = [mail for _, mail in house.post.taken if "question" in mail["Subject"]]
    [mail] = questions
    assert mail["Reply-To"] == "kim@example.com"
    [explanation] = mail.iter_attachments()
    assert "Was der Monat ergeben kann" in explanation.get_content()
    page.goto(f"{house.url}questions")
    expect(page.locator("article")).to_contain_text("Warum ist das so viel?")
    fits(page)


def fits(page: Page) -> None:
    """Nothing is wider than the phone, and nothing is too small for a thumb."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(TOO_SMALL) == []
