"""Logging in, being kept out, logging out, in a real browser."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from playwright.sync_api import Browser, Page, expect

from bcm_mqtt.access.accounts import add_user
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.store import Store
from e2e.conftest import DESKTOP, PHONE, WITHIN_MS, page_served
from e2e.test_accessible import violations_of_schemes
from peers.process import BCM_MQTT
from peers.site import Site
from unit.builders import NOON

PASSWORD = "correct horse battery"
OTHERS = {
    "otto": (Role.OPERATOR, ()),
    "vera": (Role.VIEWER, ()),
    "bill": (Role.BILLING, ()),
    "kim": (Role.CUSTOMER, ("Customer1",)),
}


def command(site: Site, *arguments: str, stdin: str = "") -> str:
    line = [*BCM_MQTT, *arguments, "-c", str(site.config)]
    ran = subprocess.run(line, input=stdin, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of one panel whose page has a user of each role."""

    def add_users(site: Site) -> None:
        command(site, "web", "user", "add", "anna", "--role", "admin", stdin=PASSWORD)
        with closing(Store(site.database)) as store:
            for name, (role, customers) in OTHERS.items():
                add_user(store.accounts, NOON, name, role, customers, PASSWORD)

    with page_served(tmp_path_factory.mktemp("guarded"), add_users) as running:
        yield running.url


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    """Opens a page in a browser of its own; fails if the security policy or a script did."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_page(path: str = "", **context: object) -> Page:
            window = browser.new_context(**{"viewport": DESKTOP, **context})  # type: ignore[arg-type]
            stack.callback(window.close)
            window.set_default_timeout(WITHIN_MS)
            page = window.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: (
                    complaints.append(said.text) if "Content Security Policy" in said.text else None
                ),
            )
            page.goto(url + path)
            return page

        yield open_page
    assert complaints == []


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("#login button")


def test_the_page_that_was_asked_for_comes_after_the_login(visit: Visit, url: str) -> None:
    page = visit("panels/rpp-1a")
    assert page.url == f"{url}login?next=panels%2Frpp-1a"
    log_in(page, "vera")
    page.wait_for_url(f"{url}panels/rpp-1a")
    expect(page.locator(".breaker")).to_have_count(48)
    expect(page.locator("#state")).to_have_text("live")


def test_a_wrong_password_is_told_at_the_form(visit: Visit) -> None:
    page = visit("login")
    log_in(page, "vera", "wrong")
    expect(page.locator("#login .error")).to_contain_text("The user name or the password is wrong")
    expect(page.locator("input[name=password]")).to_have_value("")


def test_a_viewer_is_kept_from_what_is_not_his_and_an_operator_edits(
    visit: Visit, url: str
) -> None:
    page = visit("login")
    log_in(page, "vera")
    page.wait_for_url(url)
    for path in ("access", "billing", "bills"):
        page.goto(url + path)
        expect(page.locator("h1")).to_have_text("Forbidden")
    expect(page.locator("nav")).not_to_contain_text("Access")
    page.goto(f"{url}panels/rpp-1a")
    page.click('.breaker[data-pole="3"]')
    expect(page.locator("#view-history")).to_be_visible()
    expect(page.locator("#view [data-act=edit]")).to_be_hidden()
    operator = visit("login?next=panels%2Frpp-1a")
    log_in(operator, "otto")
    operator.wait_for_url(f"{url}panels/rpp-1a")
    operator.click('.breaker[data-pole="3"]')
    operator.click("#view [data-act=edit]")
    operator.fill("dialog[open] [name=description]", "Customer1-edited")
    operator.click("dialog[open] button[type=submit], dialog[open] .acts button:last-child")
    expect(operator.locator('.breaker[data-pole="3"]')).to_contain_text("edited")


def test_a_customer_finds_his_own_circuits_and_bills(visit: Visit, url: str) -> None:
    page = visit()
    log_in(page, "kim")
    page.wait_for_url(f"{url}home")
    expect(page.locator("main")).to_contain_text("Customer1")
    expect(page.locator("nav")).not_to_contain_text("Panels")
    page.click("nav >> text=Bills")
    expect(page.locator("main")).to_contain_text("No bill has been issued yet.")


def test_logging_out_ends_the_session_in_every_page_of_the_browser(visit: Visit, url: str) -> None:
    page = visit("login?next=account")
    log_in(page, "vera")
    page.wait_for_url(f"{url}account")
    other = page.context.new_page()
    other.goto(url)
    cookies = {one["name"]: one for one in page.context.cookies()}
    assert {name: (one["httpOnly"], one["sameSite"]) for name, one in cookies.items()} == {
        "bcm_session": (True, "Lax"),
        "bcm_device": (True, "Strict"),
    }
    page.click("text=Log out")
    page.wait_for_url(f"{url}login")
    other.reload()
    expect(other.locator("#login")).to_be_visible()
    kept = browser_with(page, cookies["bcm_session"]["value"], url)
    assert kept == 401


def browser_with(page: Page, secret: str, url: str) -> int:
    """The status of a request with a cookie that somebody has kept."""
    answer = page.request.get(f"{url}api/v1/session", headers={"cookie": f"bcm_session={secret}"})
    return answer.status


def test_an_administrator_adds_a_user_and_a_token_and_sees_both_in_the_log(
    visit: Visit, url: str
) -> None:
    page = visit("login?next=access")
    log_in(page, "anna")
    page.wait_for_url(f"{url}access")
    form = page.locator('form[data-add="users"]')
    form.locator("[name=name]").fill("new.user")
    form.locator("[name=role]").select_option("viewer")
    form.locator("[name=password]").fill("short")
    form.evaluate("form => form.noValidate = true")
    form.locator("button").click()
    expect(form.locator(".error")).to_contain_text("expected at least 12")
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("button").click()
    expect(page.locator("table").first).to_contain_text("new.user")
    page.click('[data-change="new.user"]')
    change = page.locator("#change")
    expect(change.locator("[name=role]")).to_have_value("viewer")
    change.locator("[name=role]").select_option("billing")
    change.locator("[name=password]").fill("short")
    change.locator("[type=submit]").click()
    expect(change.locator(".error")).to_contain_text("expected at least 12")
    change.locator("[name=password]").fill(f"{PASSWORD} again")
    change.locator("[type=submit]").click()
    expect(page.locator("tr", has_text="new.user").first).to_contain_text("billing")
    tokens = page.locator('form[data-add="tokens"]')
    tokens.locator("[name=name]").fill("ems")
    tokens.locator("button").click()
    expect(page.locator(".once code")).to_contain_text("bcm_")
    secret = page.locator(".once code").inner_text()
    asked = page.request.get(f"{url}api/v1/panels", headers={"authorization": f"Bearer {secret}"})
    assert asked.ok
    page.reload()
    expect(page.locator(".audit")).to_contain_text("token ems")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click('[data-remove="users"][data-name="new.user"]')
    expect(page.locator("table").first).not_to_contain_text("new.user")


def test_every_page_of_access_is_accessible(visit: Visit, url: str) -> None:
    page = visit("login?next=access")
    found = []
    for path in ("login", "access", "account"):
        if path == "access":
            log_in(page, "anna")
            page.wait_for_url(f"{url}access")
        elif path == "account":
            page.goto(url + path)
        for size in (DESKTOP, PHONE):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            found += [f"{path}, {size['width']} px, {one}" for one in violations_of_schemes(page)]
    assert found == []
