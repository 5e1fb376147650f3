"""Pages in the reader's language: the browser's, then the account's; what comes later, too."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bcm_mqtt.languages import _, speaking
from e2e.conftest import DESKTOP, WITHIN_MS, Served, page_served
from e2e.test_access import PASSWORD, command, log_in
from peers.site import Site

LOCALES = {"en-US": "en", "de-AT": "de-AT", "fr-FR": "fr-FR", "es-ES": "es-ES"}
"""What is spoken by what a browser asks for."""
PANELS = "Verteiler"
ALARM = "#board .breaker[data-pole='1'] .alarm"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    def prepare(site: Site) -> None:
        site.write_circuits(["rpp-1a,1,Acme-web,20"])
        for name in ("anna", "vera"):
            command(site, "web", "user", "add", name, "--role", "operator", stdin=PASSWORD)

    with page_served(tmp_path_factory.mktemp("languages"), prepare, lambda _: 12.3) as running:
        yield running


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """Opens a page in a browser of its own, of a language; fails if a script of it did."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_page(locale: str, path: str = "login") -> Page:
            window = browser.new_context(viewport=DESKTOP, locale=locale)  # type: ignore[arg-type]
            stack.callback(window.close)
            window.set_default_timeout(WITHIN_MS)
            page = window.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(served.url + path)
            return page

        yield open_page
    assert complaints == []


def test_a_page_speaks_what_the_browser_asks_for(visit: Visit) -> None:
    titles = []
    for locale, spoken in LOCALES.items():
        page = visit(locale)
        with speaking(spoken):
            titles.append(_("Log in"))
        expect(page.locator("html")).to_have_attribute("lang", spoken)
        expect(page.locator("h1")).to_have_text(titles[-1])
    assert len(set(titles)) == len(LOCALES)


def test_the_account_has_its_language_and_an_alarm_arrives_in_that_of_each_reader(
    visit: Visit, served: Served
) -> None:
    german, english = visit("fr-FR"), visit("en-US")
    log_in(german, "anna")
    expect(german.locator("html")).to_have_attribute("lang", "fr-FR")
    log_in(english, "vera")
    expect(english.locator("nav a").first).to_have_text("Panels")
    german.goto(f"{served.url}account")
    german.select_option("#language select", "de")
    german.locator("#language button").click()
    expect(german.locator("nav a").first).to_have_text(PANELS)
    for page in (german, english):
        page.goto(f"{served.url}panels/rpp-1a")
        expect(page.locator("#state")).to_have_text("live")
    figure = "#board .breaker[data-pole='1'] [data-key=p1]"
    expect(german.locator(figure)).to_have_text("12,3")
    expect(english.locator(figure)).to_have_text("12.3")

    served.set_amps(lambda _: 23.4)

    expect(german.locator(ALARM)).to_have_text("Überlast: unquittiert")
    expect(english.locator(ALARM)).to_have_text("overload: unacknowledged")
    expect(german.locator(figure)).to_have_text("23,4")
    german.locator("#board .breaker[data-pole='1']").click()
    expect(german.locator("#view-readings")).to_contain_text("Des Nennstroms")
    expect(german.locator("#view-alarm")).to_contain_text("Überlast: unquittiert")


def test_a_click_before_the_texts_have_come_is_kept(browser: Browser, served: Served) -> None:
    window = browser.new_context(viewport=DESKTOP, locale="de-DE")  # type: ignore[arg-type]
    window.set_default_timeout(WITHIN_MS)
    page = window.new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/texts/de.json", hold)
    with page.expect_request("**/static/texts/de.json"):
        page.goto(f"{served.url}login", wait_until="domcontentloaded")

    log_in(page, "vera")
    expect(page).to_have_url(f"{served.url}login")
    held[0].continue_()

    expect(page.locator("nav a").first).to_have_text(PANELS)
    window.close()
