"""Formula circuits edited in a real browser: added on a phone, changed, ended; what is refused."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE, Opened, Served, page_served
from peers.process import wait_until


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A panel whose poles from 40 on no customer pays for."""
    rows = [f"rpp-1a,{pole},{f'Customer1-{pole}' if pole < 40 else ''},20" for pole in range(1, 49)]
    folder = tmp_path_factory.mktemp("formulas")
    with page_served(folder, lambda site: site.write_circuits(rows)) as running:
        yield running


def saved(page: Page) -> None:
    expect(page.locator("#formula [data-act=save]")).to_be_enabled()
    with page.expect_navigation():
        page.click("#formula [data-act=save]")
    expect(page.locator("#formulas")).to_be_visible()


def test_a_formula_is_added_on_a_phone_changed_and_ended(served: Served, opened: Opened) -> None:
    """Of circuits that are unallocated; one that a customer pays for is refused in a line."""
    file = served.site.folder / "formulas.csv"
    served.set_amps(lambda _pole: 5.0)
    page = opened(viewport=PHONE)
    page.click("#formula-add")
    page.fill("#formula [name=id]", "f-lobby")
    terms = page.locator("#formula-terms .term")
    terms.nth(0).locator("input").fill("rpp-1a:40")
    terms.nth(1).locator("select").select_option("-")
    terms.nth(1).locator("input").fill("rpp-1a:99")
    page.fill("#formula [name=description]", "Lobby")
    error = page.locator("[data-error=members]")
    expect(error).to_have_text("rpp-1a:99 is not on the panel: expected a pole from 1 to 48")
    terms.nth(1).locator("select").select_option("+")
    terms.nth(1).locator("input").fill("rpp-1a:1")
    expect(error).to_contain_text("energy of rpp-1a:1 is billed 2 times from ")
    expect(page.locator("#formula [data-act=save]")).to_be_disabled()
    terms.nth(1).locator("button").click()
    expect(error).to_be_empty()
    effects = page.locator("#formula-effects")
    expect(effects).to_contain_text("Formula circuit rpp-1a:f-lobby is new from now on: rpp-1a:40.")
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    saved(page)
    row = page.locator("#formulas tbody tr")
    expect(row).to_contain_text("Lobby")
    expect(row.locator("[data-formula=f-lobby]")).to_have_text("0.60")  # 5 A at 120 V
    assert file.read_text().splitlines()[1].startswith("rpp-1a,f-lobby,rpp-1a:40,Lobby,,")

    file.write_text("# Ask Jo first.\n" + file.read_text())
    page = opened()
    page.click("[data-edit-formula=f-lobby]")
    page.click("#formula-more")
    page.locator("#formula-terms input").last.fill("rpp-1a:42")
    expect(page.locator("#formula-effects")).to_contain_text(
        "It is rpp-1a:40 + rpp-1a:42, not rpp-1a:40."
    )
    saved(page)
    expect(page.locator("#formulas [data-formula=f-lobby]")).to_have_text("1.20")
    lines = file.read_text().splitlines()
    assert lines[0] == "# Ask Jo first."
    assert [line.split(",")[2] for line in lines[2:]] == ["rpp-1a:40", "rpp-1a:40 + rpp-1a:42"]
    wait_until(lambda: "bcm/rpp-1a/circuit/f-lobby/power" in retained(served), 30)

    page.click("[data-edit-formula=f-lobby]")
    expect(page.locator("#formula-versions li")).to_have_count(2)
    page.check("#formula [name=ends]")
    expect(page.locator("#formula-more")).to_be_disabled()
    expect(page.locator("#formula-effects")).to_contain_text("f-lobby ends from now on.")
    saved(page)
    expect(page.locator("#formulas tbody tr")).to_have_count(0)
    assert file.read_text().splitlines()[-1].startswith("rpp-1a,f-lobby,,,,")


def retained(served: Served) -> dict[str, str]:
    topic = "bcm/rpp-1a/circuit/f-lobby/power"
    return served.mosquitto.retained(topic)
