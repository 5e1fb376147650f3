"""The billing page in a real browser, on a site whose March 2026 is measured."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from e2e.conftest import DESKTOP, WITHIN_MS, Served
from e2e.test_accessible import violations
from peers.process import BCM_MQTT, Process, free_port, wait_until
from unit.web.billing.measured_site import write_measured_site

PAGES = {
    "bill": "billing/2026-03/bill?customer=Customer2",
    "intervals": "billing/2026-03/intervals?panel=rpp-1a&pole=2",
    "findings": "billing/2026-03/findings",
}


@dataclass
class Billed:
    """A site whose page is served, without a broker."""

    url: str
    service: Process


@pytest.fixture(scope="module")
def billed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Billed]:
    folder = tmp_path_factory.mktemp("billed")
    config, port = write_measured_site(folder), free_port()
    with config.open("a") as more:
        more.write(f"web: {{port: {port}}}\n")
    with Process([*BCM_MQTT, "web", "-c", str(config)], folder / "web.log") as service:
        wait_until(lambda: "page: http" in service.said(), 60, service.said)
        yield Billed(f"http://127.0.0.1:{port}/", service)
        assert "Traceback" not in service.said()


Opened: TypeAlias = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, billed: Billed) -> Iterator[Opened]:
    """Opens a page; fails if any of its code or the security policy did."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_page(path: str, **context: Any) -> Page:  # noqa: ANN401
            visit = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", **context})
            stack.callback(visit.close)
            visit.set_default_timeout(WITHIN_MS)
            page = visit.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: (
                    complaints.append(said.text)
                    if said.type == "error" and "with a status of 4" not in said.text
                    else None
                ),
            )
            wait_until(lambda: page.request.get(billed.url).ok, 60, billed.service.said)
            page.goto(billed.url + path)
            return page

        yield open_page
    assert complaints == []


def processed(opened: Opened, path: str = "billing/2026-03", **context: Any) -> Page:  # noqa: ANN401
    """A page of March, after it was processed through the page."""
    page = opened("billing/2026-03", **context)
    if not page.locator("#customers").is_visible():
        page.locator("#run [data-act=process]").click()
    expect(page.locator("#customers")).to_be_visible()
    if path != "billing/2026-03":
        root = page.url.partition("billing/")[0]
        page.goto(root + path)
    return page


def text_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(part.get_textpage().get_text_range() for part in document)


def row(page: Page, customer: str) -> Any:  # noqa: ANN401 - a locator
    return page.locator(f'#customers tr[data-id="{customer}"]')


def test_a_month_is_processed_and_the_pdf_of_a_customer_is_his_with_its_total(
    opened: Opened, tmp_path: Path
) -> None:
    page = opened("billing")
    page.select_option("[name=month]", label="March")
    page.select_option("[name=year]", "2026")
    page.get_by_role("button", name="Process").click()
    page.wait_for_url("**/billing/2026-03")
    expect(row(page, "Customer1")).to_contain_text("105.65")
    expect(row(page, "Customer1")).to_contain_text("891.600")
    with page.expect_download() as started:
        row(page, "Customer1").get_by_role("link", name="PDF of Customer1").click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert file.name == "2026-03-Customer1.pdf"
    assert file.read_bytes().startswith(b"%PDF")
    text = text_of(file)
    assert "Customer One, Inc." in text
    assert "105.65" in text
    assert "Customer2" not in text


def test_customers_are_found_and_sorted(opened: Opened) -> None:
    page = processed(opened)
    page.fill("#find", "two")
    expect(page.locator("#found")).to_have_text("0 of 2")
    page.fill("#find", "one, inc")
    expect(row(page, "Customer2")).to_be_hidden()
    page.fill("#find", "")
    names = page.locator("#customers tbody tr")
    page.get_by_role("button", name="kWh").click()
    expect(names.first).to_have_attribute("data-id", "Customer1")
    page.get_by_role("button", name="kWh").click()
    expect(names.first).to_have_attribute("data-id", "Customer2")
    expect(page.locator("th", has_text="kWh").first).to_have_attribute("aria-sort", "descending")


def test_a_figure_is_explained_down_to_its_register_by_the_keyboard_alone(opened: Opened) -> None:
    page = processed(opened, "billing/2026-03/bill?customer=Customer1")
    page.locator(".charges a.why").last.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("891.600 kWh x 0.1185")
    for link in ("rpp-1a:1 Customer1-A-1", "2026-03-05", "2026-03-05 14:15 EST"):
        drawer.locator("dl").get_by_role("link", name=link).first.focus()
        page.keyboard.press("Enter")
    expect(drawer).to_contain_text("register 501")
    expect(drawer).to_contain_text("read 100 x 0.1 A = 10 A")
    drawer.get_by_role("button", name="Back").press("Enter")
    expect(drawer).to_contain_text("2026-03-05 23:45 EST")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.locator(".charges a.why").last).to_be_focused()


def test_without_scripts_a_figure_still_leads_to_its_explanation(opened: Opened) -> None:
    processed(opened)
    page = opened("billing/2026-03/bill?customer=Customer1", java_script_enabled=False)
    page.locator(".charges a.why").last.click()
    expect(page.locator("h1")).to_contain_text("How it came about")
    expect(page.locator("main")).to_contain_text("891.600 kWh x 0.1185")


def test_an_entry_is_made_with_a_span_and_a_reason_and_taken_back(opened: Opened) -> None:
    page = opened("billing/2026-03/intervals?panel=rpp-1a&pole=2")
    out = page.get_by_role("button", name="Estimated by like days")
    out.click()
    expect(page.locator("#chosen")).to_contain_text("2026-03-11 01:15 to 2026-03-15 01:00")
    page.get_by_role("button", name="New entry…").click()
    expect(page.locator("[name=start]")).to_have_value("2026-03-11T01:15")
    page.fill("[name=kw]", "1.5")
    page.get_by_role("button", name="Enter", exact=True).click()
    expect(page.locator('[data-error="by"]')).not_to_be_empty()
    page.locator("#entry [name=by]").fill("J. Doe")
    page.locator("#entry [name=reason]").fill("read from the rack PDU")
    page.get_by_role("button", name="Enter", exact=True).click()
    entries = page.locator("section", has_text="Entries").last
    expect(entries).to_contain_text("J. Doe: read from the rack PDU")
    expect(entries).to_contain_text("in force")
    expect(page.get_by_role("button", name="Edited")).to_be_visible()
    page.get_by_role("button", name="Withdraw…").click()
    page.locator("#withdraw [name=reason]").fill("wrong breaker")
    page.locator("#withdraw [type=submit]").click()
    expect(entries).to_contain_text("withdrawn")
    expect(page.get_by_role("button", name="Estimated by like days")).to_be_visible()


def test_a_click_before_the_scripts_are_there_is_done_when_they_are(opened: Opened) -> None:
    page = opened("billing")
    held: list[Route] = []
    script = "**/static/billing/intervals.js"
    page.route(script, lambda route: held.append(route))  # noqa: PLW0108 - it marks what it calls
    with page.expect_request(script):
        page.goto(page.url.partition("billing")[0] + PAGES["intervals"], wait_until="commit")
    page.get_by_role("button", name="New entry…").click()
    expect(page.locator("#entry")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#entry")).to_be_visible()


def test_a_span_is_chosen_by_the_keyboard(opened: Opened) -> None:
    page = opened("billing/2026-03/intervals?panel=rpp-1a&pole=1")
    chart = page.locator("#chart")
    expect(chart.locator("svg")).to_be_visible()
    chart.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#chosen")).to_contain_text("2 intervals, 0.600 kWh billed")
    expect(page.locator("#rows tr")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#entry")).to_be_visible()


def test_a_held_bill_is_released_and_all_are_issued_and_the_chain_is_verified(
    opened: Opened,
) -> None:
    page = processed(opened)
    page.get_by_role("button", name="Release…").click()
    expect(page.locator("#release-holds")).to_contain_text("of the energy is estimated")
    page.locator("#release [type=submit]").click()
    expect(page.locator("#release-error")).to_have_text("Your name and a reason are needed.")
    page.locator("#release [name=by]").fill("J. Doe")
    page.locator("#release [name=reason]").fill("the load is constant")
    page.locator("#release [type=submit]").click()
    expect(row(page, "Customer2")).to_contain_text("released")
    page.get_by_role("button", name="Issue 2 bills…").click()
    expect(page.locator("#issue-effects")).to_contain_text("each gets a number")
    page.locator("#issue [type=submit]").click()
    expect(row(page, "Customer1")).to_contain_text("bill 1")
    expect(row(page, "Customer2")).to_contain_text("bill 2")
    page.goto(page.url.partition("/2026-03")[0])
    page.get_by_role("button", name="Verify all bills").click()
    expect(page.locator("#verified")).to_contain_text("The chain is whole.")
    page.goto(f"{page.url.partition('/billing')[0]}/billing/2026-03")
    exported = page.locator("#content .checklist li").filter(has_text="Exported for accounting")
    expect(exported).to_have_class("open")
    with page.expect_download() as started:
        exported.get_by_role("link", name="Export").click()
    assert started.value.suggested_filename == "2026-03-accounting.csv"
    lines = started.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["invoice", "1", "2"]
    expect(exported).to_have_class("done")
    expect(exported).to_contain_text("Export again")


def test_a_finding_shows_the_effect_of_a_change_before_it_can_be_saved(opened: Opened) -> None:
    page = processed(opened, PAGES["findings"])
    found = page.locator('li[data-flag="energy_above_rating"]')
    found.get_by_role("button", name="Correct the ratio").click()
    save = page.locator("#change [type=submit]")
    expect(save).to_be_disabled()
    page.fill("#change [name=multiplier]", "none")
    page.get_by_role("button", name="Show effect").click()
    wrong = page.locator('[data-error="multiplier"]')
    expect(wrong).to_contain_text("expected a ratio")
    page.fill("#change [name=multiplier]", "1/3")
    page.get_by_role("button", name="Show effect").click()
    expect(page.locator("#figures")).to_contain_text("-1,783.200")
    expect(page.locator("#effects")).to_contain_text("No longer found on rpp-1a:2")
    expect(save).to_be_enabled()
    assert violations(page) == []
    page.fill("#change [name=multiplier]", "1/2")
    expect(save).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_is_accessible(opened: Opened, scheme: str) -> None:
    page = processed(opened, PAGES["bill"], color_scheme=scheme)
    page.locator("a.why").first.click()
    expect(page.locator("#drawer dl").first).to_be_visible()
    assert violations(page) == []
    page = opened(PAGES["intervals"], color_scheme=scheme)
    page.get_by_role("button", name="New entry…").click()
    assert violations(page) == []


def test_an_edit_of_rating_and_phases_is_in_the_next_bill(browser: Browser, served: Served) -> None:
    url = served.url
    page = browser.new_context().new_page()
    served.set_amps(lambda _: 5.0)
    panel = f"{url}panels/rpp-1a"
    wait_until(lambda: page.request.get(panel).ok, 60, served.service.said)
    page.goto(panel)
    page.click('.breaker[data-pole="9"]')
    page.click("#view [data-act=edit]")
    page.fill("[name=description]", "Globex-new")
    page.fill("[name=rating]", "30")
    page.select_option("[name=connection]", "2P")
    expect(page.locator("#edit-effects")).to_contain_text("It takes pole 11.")
    page.click("#edit [data-act=save]")
    expect(page.locator('.breaker[data-pole="9"] .description')).to_have_text("Globex-new")
    stored = "SELECT count(*) FROM circuit_version WHERE description = 'Globex-new'"
    wait_until(lambda: served.site.query(stored) == [(1,)], 60, served.service.said)
    month = page.evaluate("new Date().toLocaleDateString('sv-SE', {timeZone: 'America/New_York'})")
    page.goto(f"{url}billing/{month[:7]}")
    page.locator("#run [data-act=process]").click()
    expect(row(page, "Globex")).to_be_visible()
    files = f"{url}api/v1/billing/months/{month[:7]}/files/json"
    bills = {bill["customer"]: bill for bill in page.request.get(files).json()["bills"]}
    (circuit,) = bills["Globex"]["circuits"]
    assert (circuit["poles"], circuit["rating"], circuit["connection"]) == ("9+11", 30, "2P")
    page.get_by_role("link", name="Globex", exact=True).click()
    expect(page.locator(".circuits")).to_contain_text("rpp-1a:9+11 Globex-new")
    page.context.close()


def test_a_file_of_no_bill_is_named_at_the_page(opened: Opened, tmp_path: Path) -> None:
    page = opened("bills/check")
    file = tmp_path / "other.html"
    file.write_text("<!doctype html><p>Bill number 77, 1,000.00 USD</p>")
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Check").click()
    notice = page.locator("#checked .notice.bad")
    expect(notice).to_contain_text("It says that it is bill 77")
