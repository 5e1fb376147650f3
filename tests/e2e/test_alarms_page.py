"""The page of alarms under a flood: 432 alarms of nine panels, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE, Opened, Served, page_served
from e2e.test_accessible import violations_of_schemes
from peers.site import Site

PANELS, POLES, REFRESHES = 9, 48, 20
OVERLOADED, NORMAL = 17.0, 5.0  # of 20 A


def nine_panels(site: Site) -> None:
    """On one line; all read the same. One late reply of a busy machine is no alarm."""
    text = site.config.read_text().replace("200ms", "1s") + "alarms: {on_delay: 2}\n"
    first = next(line for line in text.splitlines() if line.startswith("  rpp-1a:"))
    panels = [
        first.replace("1a", f"{n}a")
        .replace("1A", f"{n}A")
        .replace("profile", f"first_unit_id: {8 * n - 7}, profile")
        for n in range(1, PANELS + 1)
    ]
    site.config.write_text(text.replace(first, "\n".join(panels)))
    site.write_circuits(
        f"rpp-{n}a,{pole},Customer{n}-{pole},20"
        for n in range(1, PANELS + 1)
        for pole in range(1, POLES + 1)
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("flood")
    with page_served(folder, nine_panels, all_overloaded, PANELS) as running:
        yield running


def flooded(opened: Opened, served: Served, **context: object) -> Page:
    """The page once all circuits are overloaded, nobody having seen any of it."""
    served.set_amps(all_overloaded)
    page = opened("alarms", **context)
    expect(page.locator("#list .sum")).to_have_text("432 of 432 alarms in 9 groups")
    return page


def all_overloaded(_pole: int) -> float:
    return OVERLOADED


def first_normal(pole: int) -> float:
    return NORMAL if pole == 1 else OVERLOADED


def row(panel: int, pole: int) -> str:
    return f'[data-patch="rpp-{panel}a/{pole}/overload"]'


def test_the_list_keeps_its_place_focus_and_what_is_chosen_over_20_refreshes(
    served: Served, opened: Opened
) -> None:
    page = flooded(opened, served)
    expect(page).to_have_title("(432) Alarms · Test")
    page.check("#sound")
    page.locator(".group summary b").nth(4).click()
    panel = page.locator(".group").nth(4).get_attribute("data-patch").split("-")[1][0]  # type: ignore[union-attr]
    for pole in (20, 22):
        page.check(f"{row(int(panel), pole)} input")
    page.locator(f"{row(int(panel), 21)} input").focus()
    page.evaluate("scrollBy(0, 37)")
    look = f"""() => ({{
        top: document.querySelector('{row(int(panel), 21)}').getBoundingClientRect().top,
        focus: document.activeElement.value,
        chosen: [...document.querySelectorAll('input.one:checked')].map((box) => box.value),
    }})"""
    # A busy machine polls late, which a banner above the list says.
    expect(page.locator("#banner")).to_be_hidden()
    before = page.evaluate(look)
    assert before["focus"] == f"rpp-{panel}a/21/overload"
    for number in range(REFRESHES):
        over = number % 2 == 0  # an alarm of each panel ends, and begins again
        state = "returned unacknowledged" if over else "unacknowledged"
        served.set_amps(first_normal if over else all_overloaded)
        about = page.locator(f"{row(int(panel), 1)} .about")
        expect(about).to_contain_text(f"· {state} ·")
        expect(page.locator("#banner")).to_be_hidden()
        after = page.evaluate(look)
        assert abs(after["top"] - before["top"]) <= 1, number
        assert (after["focus"], after["chosen"]) == (before["focus"], before["chosen"]), number


def test_two_hundred_are_acknowledged_at_once(served: Served, opened: Opened) -> None:
    page = flooded(opened, served)
    for group in range(4):
        page.locator(".group .whole").nth(group).check()
    page.locator(".group summary b").nth(4).click()
    for box in range(8):
        page.locator(".group").nth(4).locator("input.one").nth(box).check()
    expect(page.locator("#count")).to_have_text("200 alarms chosen")
    with page.expect_response("**/several/acknowledge") as answer:
        page.click("[data-act=acknowledge]")
    assert answer.value.ok
    print("200 acknowledged after", answer.value.request.timing["responseStart"], "ms")  # noqa: T201 - measured
    page.select_option("[name=state]", "unacknowledged")
    expect(page.locator("#list .sum")).to_contain_text("232 of 432 alarms")
    assert page.url.endswith("alarms?state=unacknowledged")
    page.reload()
    expect(page.locator("#list .sum")).to_contain_text("232 of 432 alarms")
    page.locator(".group .whole").first.check()
    count = page.locator(".group").first.locator("input.one").count()
    with page.expect_response("**/several/shelve"):
        page.click("[data-act=shelve]")
    page.select_option("[name=state]", "aside")
    expect(page.locator("#list .sum")).to_have_text(f"{count} of 432 alarms in 1 group")
    page.check("#every")
    page.click("[data-act=back]")
    expect(page.locator("#list")).to_contain_text("The filter leaves no alarm")


def test_the_journal_says_who_acknowledged_and_is_narrowed_by_it(
    served: Served, opened: Opened
) -> None:
    page = flooded(opened, served)
    page.locator(".group .whole").first.check()
    with page.expect_response("**/several/acknowledge"):
        page.click("[data-act=acknowledge]")
    page.select_option("#period [name=days]", "1")
    page.fill("#period [name=by]", "local")
    page.keyboard.press("Enter")
    # The recorder stores it, and the page looks again: until then nobody did anything.
    expect(page.locator("#journal .journal li").first).to_contain_text("acknowledged by local")
    assert page.url.endswith("?days=1&by=local")
    page.fill("#period [name=by]", "bob")
    page.keyboard.press("Enter")
    expect(page.locator("#journal")).to_contain_text("No alarm was recorded in this time.")
    page.reload()
    expect(page.locator("#period [name=by]")).to_have_value("bob")
    expect(page.locator("#journal")).to_contain_text("No alarm was recorded in this time.")
    assert violations_of_schemes(page) == []


def test_nothing_is_too_wide_for_a_phone_and_axe_finds_nothing(
    served: Served, opened: Opened
) -> None:
    page = flooded(opened, served, viewport=PHONE)
    page.locator(".group summary b").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations_of_schemes(page) == []
