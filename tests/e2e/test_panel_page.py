"""The panel's page in a real browser: what it shows, and what an edit does."""

import json
import re
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from playwright.sync_api import FilePayload, Page, expect
from pypdfium2 import PdfDocument

from e2e.conftest import PHONE, Opened, Served
from peers.process import wait_until
from unit.builders import NEW_YORK


def amps_shown(page: Page) -> dict[int, str]:
    shown: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.breaker [data-key^="p"]')]
             .map((element) => [element.dataset.key.slice(1), element.textContent]))"""
    )
    return {int(pole): text for pole, text in shown.items()}


def breaker(pole: int) -> str:
    return f'.breaker[data-pole="{pole}"]'


def edit(page: Page, pole: int) -> None:
    """By the view that a breaker opens first."""
    page.click(breaker(pole))
    page.click("#view [data-act=edit]")


def retained_circuit(served: Served, pole: int) -> dict[str, object]:
    """The newest version of a circuit in the directory that the broker keeps."""
    topic = "bcm/rpp-1a/directory"
    payload = json.loads(served.mosquitto.retained(topic).get(topic, "{}"))
    versions = [item for item in payload.get("circuits", []) if item["poles"][0] == pole]
    return dict(versions[-1]) if versions else {}


def test_48_breakers_show_the_amps_of_their_registers_and_change_with_them(
    served: Served, opened: Opened
) -> None:
    served.set_amps(lambda pole: pole / 10)
    page = opened()
    expect(page.locator(".breaker")).to_have_count(48)
    for tenths in (1, 3):
        wanted = {pole: pole * tenths / 10 for pole in range(1, 49)}
        served.set_amps(wanted.__getitem__)
        # The first and the last that a poll reads: the change may fall into the midst of one.
        for pole in (1, 48):
            shown = page.locator(f'[data-key="p{pole}"]')
            expect(shown).to_have_text(f"{wanted[pole]}")
        assert amps_shown(page) == {pole: f"{amps:.1f}" for pole, amps in wanted.items()}
    for side, first in (("left", 1), ("right", 2)):
        numbers = page.locator(f".{side} .number").all_inner_texts()
        assert [int(text.split()[-1]) for text in numbers] == [*range(first, 49, 2)]


def test_a_change_arrives_without_asking_again(served: Served, opened: Opened) -> None:
    page = opened()
    page.evaluate("window.stays = true")
    served.set_amps(lambda _: 7.7)
    expect(page.locator('[data-key="p1"]')).to_have_text("7.7")
    assert page.evaluate("window.stays")


def test_an_edit_of_description_rating_and_phases_arrives_in_mqtt_sql_and_the_next_bill(
    served: Served, opened: Opened
) -> None:
    page = opened()
    edit(page, 9)
    page.fill("[name=description]", "Globex-new")
    page.fill("[name=rating]", "30")
    page.select_option("[name=connection]", "2P")
    expect(page.locator("#edit-effects")).to_contain_text("It takes pole 11.")
    expect(page.locator("#edit-effects")).to_contain_text("Its energy is Globex's from now on")
    page.click("#edit [data-act=save]")
    place = page.locator(breaker(9))
    expect(place.locator(".description")).to_have_text("Globex-new")
    expect(page.locator(".breaker")).to_have_count(47)
    expect(place.locator(".pole")).to_have_count(2)
    expect(place.locator(".tie")).to_have_count(1)

    wait_until(lambda: retained_circuit(served, 9).get("description") == "Globex-new", 20)
    kept = retained_circuit(served, 9)
    assert (kept["poles"], kept["rating"], kept["connection"]) == ([9, 11], 30, "2P")
    stored = (
        "SELECT description, rating_amps, connection FROM circuit_version "
        "WHERE panel = 'rpp-1a' AND first_pole = 9 ORDER BY valid_from DESC LIMIT 1"
    )
    wait_until(lambda: served.site.query(stored) == [("Globex-new", 30, "2P")], 20)
    month = datetime.now(NEW_YORK).strftime("%Y-%m")
    billed = {
        (bill["customer"], circuit["poles"], circuit["description"])
        for bill in served.site.json("bill", month)["bills"]
        for circuit in bill["circuits"]
    }
    assert ("Globex", "9+11", "Globex-new") in billed


def test_what_the_bridge_would_refuse_is_said_at_its_field_before_saving(
    served: Served, opened: Opened
) -> None:
    page = opened()
    edit(page, 2)
    page.fill("[name=rating]", "0")
    expect(page.locator('[data-error="rating"]')).to_contain_text("greater than or equal to 1")
    expect(page.locator("#edit [data-act=save]")).to_be_disabled()
    page.fill("[name=rating]", "25")
    expect(page.locator('[data-error="rating"]')).to_be_empty()
    expect(page.locator("#edit [data-act=save]")).to_be_enabled()
    page.click("#edit [data-act=cancel]")
    assert retained_circuit(served, 2).get("rating") == 20


def test_of_a_time_that_comes_twice_one_is_chosen(served: Served, opened: Opened) -> None:
    """Clocks of New York went back on 2026-11-01 at 02:00."""
    page = opened()
    for pole, place, offset, begins in (
        (42, 0, "-04:00", "2026-11-01T05:30:00.000Z"),
        (44, 1, "-05:00", "2026-11-01T06:30:00.000Z"),
    ):
        edit(page, pole)
        page.fill("[name=description]", f"Twice-{pole}")
        which = page.locator("#edit .which")
        page.fill("#edit [name=valid_from]", "2026-11-01T03:30")
        expect(which).to_be_hidden()
        page.fill("#edit [name=valid_from]", "2026-11-01T01:30")
        expect(which).to_be_visible()
        assert which.locator("option").all_inner_texts() == [
            "the first (UTC-04:00)",
            "the second (UTC-05:00)",
        ]
        which.select_option(index=place)
        expect(which).to_have_value(offset)
        expect(page.locator("#edit-effects")).to_contain_text("from 2026-11-01 01:30 on")
        page.click("#edit [data-act=save]")
        expect(page.locator("#edit")).to_be_hidden()
        description = page.locator(breaker(pole)).locator(".description")
        expect(description).to_have_text(f"Twice-{pole}")
        assert retained_circuit(served, pole)["valid_from"] == begins
        edit(page, pole)
        expect(which).to_be_hidden()  # the field is empty again
        page.click("#edit [data-act=cancel]")


def test_a_breaker_opens_what_it_is_first_with_its_readings_as_they_come(
    served: Served, opened: Opened
) -> None:
    page = opened()
    page.click(breaker(24))
    view = page.locator("#view")
    expect(view.locator("h2")).to_have_text("Circuit 24: Customer1-24")
    expect(view.locator("#view-about")).to_have_text("Customer1 · 1P · 20 A breaker")
    expect(page.locator("#edit")).to_be_hidden()
    for amps in (3.3, 4.4):
        served.set_amps(lambda _, amps=amps: amps)  # type: ignore[misc]
        expect(view.locator("dd").first).to_have_text(f"{amps} A")
    page.click("#view [data-act=cancel]")
    expect(page.locator(breaker(24))).to_be_focused()


def test_the_keyboard_alone_is_enough(opened: Opened) -> None:
    page = opened()
    page.focus(breaker(1))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(breaker(4))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#view")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#edit")).to_be_visible()
    expect(page.locator("#edit [name=description]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#edit")).to_be_hidden()
    expect(page.locator(breaker(4))).to_be_focused()


def test_a_search_highlights_all_circuits_of_a_customer(opened: Opened) -> None:
    page = opened()
    page.fill("#find", "Customer1")
    found = page.locator(".breaker.hit")
    count = found.count()
    assert count >= 40
    expect(page.locator("#found")).to_have_text(f"{count} circuits")
    page.fill("#find", "nobody")
    expect(found).to_have_count(0)


def test_many_circuits_are_changed_by_csv_after_their_differences_were_shown(
    served: Served, opened: Opened
) -> None:
    page = opened()
    page.click("#bulk-open")
    page.fill("[name=csv]", "panel,poles,customer\nrpp-1a,20,Initech\nrpp-1a,22,Initech\n")
    page.click("#bulk [data-act=preview]")
    expect(page.locator("#bulk-differences")).to_contain_text("Initech")
    assert retained_circuit(served, 20).get("customer", "") == ""
    page.click("#bulk [data-act=save]")
    expect(page.locator("#bulk")).to_be_hidden()
    shown = page.locator(breaker(22)).locator(".customer")
    expect(shown).to_have_text("Initech")


def test_a_dropped_workbook_becomes_circuits_after_its_columns_were_chosen(
    served: Served, opened: Opened
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        ("Panel RPP 1A",),
        ("Ckt", "Load", "Whose", "Trip"),
        (38, "New load", "Umbrella", 15),
    ):
        sheet.append(row)
    sheet.append((40, "Bad cell", "Umbrella", "2O"))
    file = BytesIO()
    book.save(file)
    page = opened()
    page.click("#schedule-open")
    workbook: FilePayload = {"name": "rpp-1a.xlsx", "mimeType": "", "buffer": file.getvalue()}
    page.set_input_files("#schedule [type=file]", files=[workbook])
    expect(page.locator("#schedule-count")).to_have_text("1 circuit can be read")
    expect(page.locator("#schedule-problems")).to_contain_text(
        "rpp-1a.xlsx:4: Trip: expected whole"
    )
    page.get_by_label("Whose").select_option("customer")
    rows = page.locator("#schedule-rows td")
    expect(rows).to_have_text(["rpp-1a", "38", "New load", "Umbrella", "15 A", ""])
    expect(page.locator("#schedule-effects")).to_contain_text("Its energy is Umbrella's")
    page.click("#schedule [data-act=save]")
    expect(page.locator("#schedule")).to_be_hidden()
    expect(page.locator(breaker(38)).locator(".customer")).to_have_text("Umbrella")
    wait_until(lambda: retained_circuit(served, 38).get("customer") == "Umbrella", 20)
    assert retained_circuit(served, 40).get("customer", "") == ""


def test_the_printed_sheet_is_the_schedule_alone_on_one_page(opened: Opened) -> None:
    page = opened()
    page.emulate_media(media="print")
    expect(page.locator(".schedule")).to_be_visible()
    expect(page.locator(".enclosure")).to_be_hidden()
    expect(page.locator(".schedule tbody tr")).to_have_count(24)
    [sheet] = PdfDocument(page.pdf(format="Letter"))
    printed = sheet.get_textpage().get_text_range()
    assert "Panel RPP 1A" in printed
    assert "Customer1-48" in printed


def test_a_phone_needs_no_sideways_scrolling(opened: Opened) -> None:
    page = opened(viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_all_that_the_page_loads_is_below_300_kb_and_from_this_site(
    served: Served, opened: Opened
) -> None:
    page = opened()
    loaded = page.evaluate(
        """() => performance.getEntriesByType("resource")
             .concat(performance.getEntriesByType("navigation"))
             .map((entry) => [entry.name, entry.transferSize])"""
    )
    assert all(name.startswith(served.url) for name, _ in loaded)
    assert sum(size for _, size in loaded) < 300_000


def test_meters_that_fall_silent_are_shown_as_such_and_not_as_zero(
    served: Served, opened: Opened
) -> None:
    page = opened()
    served.meters.stop()
    try:
        expect(page.locator("#state")).not_to_have_text("live")
        state = re.compile("^(stale|offline|away)$")
        expect(page.locator("#board")).to_have_attribute("data-state", state)
        assert "0.0" not in amps_shown(page).values()
    finally:
        served.meters.start()
    expect(page.locator("#state")).to_have_text("live")
