"""Set-up, customers: terms from a day on and items are rows of the form, on a phone as well."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bcm_mqtt.config import load
from bcm_mqtt.domain.site.customer_item import ItemKind
from e2e.conftest import DESKTOP, PHONE, Served, page_served
from e2e.test_accessible import violations
from peers.site import Site

CUSTOMERS = """\
customers:
  Customer1:
    name: One
    tariff: standard
    versions:
      - {valid_from: 2026-03-01, tax_exempt: true}   # agreed by phone
  Customer2:
    versions:
      - {valid_from: 2026-03-01, tariffs: {A: {tariff: standard, panels: [rpp-1a]}}}
"""


def _with_customers(site: Site) -> None:
    (site.folder / "customers.yaml").write_text(CUSTOMERS)
    with site.config.open("a") as file:
        file.write("customers: customers.yaml\n")


@pytest.fixture
def customers(tmp_path: Path) -> Iterator[Served]:
    with page_served(tmp_path / "served", _with_customers) as running:
        yield running


def opened(served: Served, browser: Browser, viewport: dict[str, int], customer: str) -> Page:
    page = browser.new_context(viewport=viewport).new_page()  # type: ignore[arg-type]
    page.goto(served.url + "configuration/customers")
    page.locator(f"li[data-entry={customer}] [data-open]").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    return page


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_version_and_a_deposit_are_entered_in_fields(
    customers: Served, browser: Browser, viewport: dict[str, int]
) -> None:
    page = opened(customers, browser, viewport, "Customer1")
    versions, items = page.locator("[data-rows=versions]"), page.locator("[data-rows=items]")
    expect(versions.locator(".row")).to_have_count(1)
    expect(versions.locator("[data-cell=tax_exempt]")).to_have_value("true")
    expect(page.locator("[data-act=save]")).to_be_disabled()
    versions.locator("[data-add-row]").click()
    new = versions.locator(".row").nth(1)
    new.locator("[data-cell=valid_from]").fill("2026-09-01")
    new.locator("[data-cell=committed_kw]").fill("2.50")
    new.locator("[data-cell=address]").fill("2 Side Street\nNewark")
    items.locator("[data-add-row]").click()
    deposit = items.locator(".row")
    expect(deposit.locator("[data-cell=by]")).not_to_have_value("")
    expect(deposit.locator("[data-cell=entered]")).not_to_have_value("")
    deposit.locator("[data-cell=name]").fill("Cage 4")
    deposit.locator("[data-cell=amount]").fill("500")
    deposit.locator("[data-cell=kind]").select_option("deposit")
    expect(page.locator("dialog[open]")).to_contain_text("expected on, or from")
    deposit.locator("[data-cell=on]").fill("2026-03-02")
    expect(page.locator("dialog[open] .diff")).to_contain_text("kind: deposit")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dialog = page.locator("dialog[open]")
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert violations(page) == []
    page.locator("[data-act=save]").click()
    expect(page.locator("#done")).to_contain_text("Saved in customers.yaml")
    terms = load(customers.site.config).terms
    assert [str(one.valid_from) for one in terms.dated["Customer1"][1:]] == [
        *("2026-03-01", "2026-09-01"),
    ]
    assert terms.dated["Customer1"][2].customer.address == ("2 Side Street", "Newark")
    (item,) = terms.items["Customer1"]
    assert (item.kind, item.name) == (ItemKind.DEPOSIT, "Cage 4")
    assert "# agreed by phone" in (customers.site.folder / "customers.yaml").read_text()
    page.locator("li[data-entry=Customer1] [data-open]").click()
    page.locator("[data-rows=items] [data-remove-row]").click()
    page.locator("[data-act=save]").click()
    expect(page.locator("li[data-entry=Customer1]")).not_to_contain_text("Cage 4")
    assert "Customer1" not in load(customers.site.config).terms.items


def test_what_a_row_cannot_say_is_changed_as_yaml(customers: Served, browser: Browser) -> None:
    page = opened(customers, browser, DESKTOP, "Customer2")
    expect(page.locator("[data-rows=versions] [data-add-row]")).to_be_disabled()
    expect(page.locator("[data-rows=items] [data-add-row]")).to_be_enabled()
    page.locator("[name=as_text]").check()
    expect(page.locator("dialog[open] .yaml textarea")).to_have_value(re.compile("tariffs"))
