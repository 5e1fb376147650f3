"""A panel is commissioned in a browser: a load is switched, and its pole is named."""

from playwright.sync_api import TimeoutError as TooLateError
from playwright.sync_api import expect

from e2e.conftest import Opened, Served


def test_a_load_that_is_switched_on_names_its_pole(served: Served, opened: Opened) -> None:
    page = opened("panels/rpp-1a/commission")
    on = set[int]()

    def switch(pole: int) -> None:
        on.symmetric_difference_update({pole})
        served.set_amps(lambda each: each / 10 + 8.3 * (each in on))

    expect(page.locator("#state")).to_have_text("live")
    page.click("#start button")
    for pole in (1, 2):
        expect(page.locator("#request")).to_contain_text(f"at pole {pole} ")
        row, patience_ms = page.locator(f"#results tr:has-text('right') >> nth={pole - 1}"), 1_500.0
        while not row.is_visible():  # some polls are needed before and after
            switch(pole)
            try:
                row.wait_for(timeout=patience_ms)
            except TooLateError:
                patience_ms *= 1.3
    if 2 not in on:
        switch(2)
    correct = page.locator("text=Correct…")
    while not correct.is_visible():  # until the load is on
        page.fill("#clamp input", "17.1")
        page.click("#clamp button")
        page.wait_for_timeout(300)
    correct.click()
    expect(page.locator("#correction-effects")).to_contain_text("multiplier none becomes 2")
    page.click("[data-act=cancel]")
    page.click("[data-walk=stop]")
    expect(page.locator("#start")).to_be_visible()
