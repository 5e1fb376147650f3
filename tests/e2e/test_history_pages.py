"""Circuits and customers over time, in a real browser over a database that has two weeks."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from bcm_mqtt.store import Store
from e2e.conftest import PHONE, Opened, Served, page_served
from e2e.test_accessible import violations_of_schemes
from peers.site import Site
from unit.builders import polled

DAY = timedelta(days=1)
CIRCUIT, CUSTOMER = "panels/rpp-1a/circuits/1", "customers/Acme"
MILLIAMPS = [10_000, 5_000, 2_000, 5_000] + [0] * 44


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site whose circuit 1 changed hands five days ago, and that was silent for half a day."""
    present = datetime.now(UTC)
    now = present.replace(minute=present.minute // 15 * 15, second=0, microsecond=0)

    def write_past(site: Site) -> None:
        (site.folder / "circuits.csv").write_text(
            "panel,poles,description,rating,valid_from\n"
            "rpp-1a,1,Acme-web,20,\n"
            f"rpp-1a,1,Globex-web,30,{now - 5 * DAY:%Y-%m-%dT%H:%MZ}\n"
            "rpp-1a,2+4,Acme-db,30,\n"
            "rpp-1a,3,Globex-db,20,\n"
        )
        store = Store(site.database)
        store.database.ensure_schema()
        silent = now - 3 * DAY, now - 2.5 * DAY
        for start, end in ((now - 14 * DAY, silent[0]), (silent[1], present)):
            store.arrivals.add(polled(start, end, MILLIAMPS))
        while store.roll_up.intervals():
            pass
        store.close()

    folder = tmp_path_factory.mktemp("past")
    with page_served(folder, write_past, lambda pole: MILLIAMPS[pole - 1] / 1000) as running:
        yield running


def drawn(page: Page) -> None:
    """Waits until the chart has a line."""
    expect(page.locator("#chart path.line").first).to_have_attribute("d", re.compile("M"))
    expect(page.locator("#about-points")).to_contain_text("points of")


def test_a_circuit_has_its_chart_its_days_and_its_typical_week(opened: Opened) -> None:
    page = opened(CIRCUIT)
    page.get_by_role("button", name="Week").click()
    expect(page.locator("#about-points")).to_contain_text("points of 15 min")
    # Its time of silence is a gap in the line, not a line over it.
    two_parts = re.compile("^M[^M]+M[^M]+$")
    expect(page.locator("#chart path.line")).to_have_attribute("d", two_parts)
    expect(page.locator("#chart text.mark")).to_have_text("Globex-web")
    expect(page.locator("#chart line.rating")).to_have_count(2)
    assert page.locator("#days rect.bar").count() >= 14
    assert page.locator("#days rect.bar.part").count() >= 1
    expect(page.locator("#week tbody td")).to_have_count(7 * 24)
    expect(page.locator("section:has(#versions-title) tbody tr")).to_have_count(2)


def test_a_span_may_begin_at_a_time_that_comes_twice(opened: Opened) -> None:
    page = opened(CIRCUIT)
    drawn(page)
    which = page.locator("#span .which").first
    expect(which).to_be_hidden()
    page.fill("#span [name=from]", "2026-11-01T01:30")
    page.fill("#span [name=to]", "2026-11-01T04:00")
    which.select_option(label="the second (UTC-05:00)")
    page.click("#span [type=submit]")
    page.wait_for_url("**from=2026-11-01T06%3A30%3A00.000Z&to=2026-11-01T09%3A00%3A00.000Z**")
    expect(which).to_have_value("-05:00")  # and is shown as it was chosen


def test_values_of_now_come_by_themselves(opened: Opened, served: Served) -> None:
    page = opened(CIRCUIT)
    expect(page.locator('[data-key="p1"]')).to_have_text("10.0")
    served.set_amps(lambda pole: 12.5 if pole == 1 else 1)
    expect(page.locator('[data-key="p1"]')).to_have_text("12.5")
    expect(page.locator('[data-key="w1"]')).to_have_text("1.50")
    served.set_amps(lambda pole: MILLIAMPS[pole - 1] / 1000)


def test_zooming_in_asks_for_a_finer_resolution(opened: Opened) -> None:
    page = opened(CIRCUIT)
    page.get_by_role("button", name="Month").click()
    expect(page.locator("#about-points")).to_contain_text("points of 30 min")
    drawn(page)
    box = page.locator("#chart").bounding_box()
    assert box
    right, middle = box["x"] + box["width"] - 40, box["y"] + box["height"] / 2
    page.mouse.move(right - 200, middle)
    page.mouse.down()
    page.mouse.move(right, middle, steps=4)
    page.mouse.up()
    expect(page.locator("#about-points")).to_contain_text("points of 15 min")
    assert "from=" in page.url
    page.mouse.dblclick(right - 200, middle)
    page.reload()
    drawn(page)


def test_a_chart_is_pointed_at_where_the_pointer_is_on_a_large_screen_too(opened: Opened) -> None:
    page = opened(CIRCUIT, viewport={"width": 3840, "height": 2160})
    drawn(page)
    box = page.locator("#chart").bounding_box()
    assert box
    for part in (0.3, 0.8):
        x = box["x"] + part * box["width"]
        page.mouse.move(x, box["y"] + box["height"] / 2)
        expect(page.locator("#chart line.cursor")).to_have_count(1)
        line = page.locator("#chart line.cursor").bounding_box()
        assert line
        assert abs(line["x"] - x) < 20  # half of a point's width
    size = page.locator("#chart text.tick").first.bounding_box()
    assert size
    assert size["height"] > 18


def test_keys_read_zoom_and_move(opened: Opened) -> None:
    page = opened(f"{CIRCUIT}?show=week")
    drawn(page)
    page.focus("#chart")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    expect(page.locator("#readout")).to_contain_text("Pole 1 (A) 10.0 A (10.0 to 10.0)")
    before = page.input_value("input[name=from]")
    page.keyboard.press("+")
    expect(page.locator("input[name=from]")).not_to_have_value(before)
    zoomed = page.input_value("input[name=from]")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("input[name=from]")).not_to_have_value(zoomed)


def test_a_typed_time_is_shown_and_a_wrong_one_is_not(opened: Opened) -> None:
    page = opened(f"{CIRCUIT}?show=week")
    drawn(page)
    page.fill("input[name=from]", "2020-01-02T00:00")
    page.fill("input[name=to]", "2020-01-01T00:00")
    page.click("text=Show")
    assert "2020" not in page.url
    page.fill("input[name=to]", "2020-01-03T00:00")
    page.click("text=Show")
    expect(page.locator("#chart .chart-note")).to_have_text("No readings in this time.")
    assert "2020" in page.url


def test_circuits_are_compared(opened: Opened) -> None:
    page = opened(f"{CIRCUIT}?show=week")
    drawn(page)
    page.select_option("#other", label="RPP 1A 2 Acme-db")
    expect(page.locator("#chart path.line.other-0")).to_have_attribute("d", re.compile("M"))
    expect(page.locator("#readout")).to_contain_text("Acme-db")
    page.reload()  # the address is all that a link has
    expect(page.locator("#chart path.line.other-0")).to_have_attribute("d", re.compile("M"))
    expect(page.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Month").click()
    assert "with=" in page.url
    page.get_by_label("Stop comparing with").click()
    expect(page.locator("#chart path.line.other-0")).to_have_count(0)
    assert "with=" not in page.url
    expect(page.locator(".zone")).to_have_text("Times are those of America/New_York.")


def test_the_chart_is_a_table_too_and_a_file(opened: Opened) -> None:
    page = opened(f"{CIRCUIT}?show=week&of=kw")
    drawn(page)
    page.click("text=The chart as a table")
    shown = page.locator("#about-points").inner_text()
    points = int(shown.split(" points")[0].replace(",", ""))
    expect(page.locator("#points-table tbody tr")).to_have_count(points)
    with page.expect_download() as download:
        page.click("#export")
    assert download.value.suggested_filename.endswith("_15min.csv")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert rows[0]["pole_1_mean_amps"] == "10.000"
    assert rows[0]["mean_kw"] == "1.2000"


def test_a_customer_has_the_circuits_of_the_time_that_is_shown(opened: Opened) -> None:
    page = opened(f"{CUSTOMER}?show=day")
    drawn(page)
    expect(page.locator("#circuits tr")).to_have_count(1)
    page.get_by_role("button", name="Month").click()
    expect(page.locator("#circuits tr")).to_have_count(2)
    expect(page.locator("#circuits")).to_contain_text("until")
    page.click("#circuits a >> nth=0")
    expect(page.locator("h1")).to_have_text("Globex-web")


def test_a_breaker_leads_to_its_history(opened: Opened) -> None:
    page = opened("panels/rpp-1a")
    page.click('.breaker[data-pole="2"]')
    page.click("#view-history")
    expect(page.locator("h1")).to_have_text("Acme-db")
    drawn(page)
    page.click("nav >> text=Customers")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("main >> text=Globex")
    drawn(page)


@pytest.mark.parametrize("path", [f"{CIRCUIT}?show=week", f"{CUSTOMER}?show=week"])
def test_axe_finds_no_violation_in_what_opens(opened: Opened, path: str) -> None:
    page = opened(path, viewport=PHONE)
    drawn(page)
    expect(page.locator("#week tbody td")).to_have_count(7 * 24)
    page.click("text=The chart as a table")
    assert violations_of_schemes(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
