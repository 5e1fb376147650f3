"""From an empty folder to a first live value in a browser: clicks and time are counted."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Page, expect

from bcm_mqtt.config import load
from bcm_mqtt.domain.time import BEGINNING
from e2e.conftest import WITHIN_MS
from e2e.test_accessible import violations
from e2e.test_no_text_overlaps import DRAWN, OVERLAPS, WIDTHS
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process, free_port, wait_until
from peers.recorded_meters import RecordedMeters
from unit.modbus.recorded_meter import registers
from unit.profiles.register_fixtures import FIXTURES

WITHIN_S = 180
CLICKS = """
  window.addEventListener("click", () => sessionStorage.setItem(
    "clicks", Number(sessionStorage.getItem("clicks") ?? 0) + 1), true);
"""


class SetUp:
    """`run` in an empty folder beside a broker and three gateways of other meters each."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.config = folder / "config" / "bcm.yaml"
        self.broker = stack.enter_context(Mosquitto(folder / "mosquitto"))
        panel = stack.enter_context(Meters())
        for unit, values in panel.registers.items():
            values[:] = [100 * unit] * len(values)
        others = [
            stack.enter_context(RecordedMeters({1: registers(FIXTURES[name])}))
            for name in ("em24", "sdm630")
        ]
        ports = [panel.port, *(one.port for one in others)]
        self.gateways = [f"127.0.0.1:{port}" for port in ports]
        self.port = free_port()
        listen = ("--setup-listen", f"127.0.0.1:{self.port}")
        command = [*BCM_MQTT, "run", "-c", str(self.config), *listen]
        self.run = stack.enter_context(Process(command, folder / "run.log"))
        wait_until(lambda: bool(self.addresses()), 60, self.run.said)

    def addresses(self) -> list[str]:
        """That were printed."""
        return re.findall(r"http://\S+#\S+", self.run.said())


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[SetUp]:
    with ExitStack() as stack:
        yield SetUp(tmp_path, stack)


def _schedule(file: Path) -> Path:
    """As an electrician keeps it: titles above, and a breaker over three rows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Panel RPP 1A"],
        [],
        ["Ckt No.", "Load served", "Trip"],
        [1, "Customer1-A-1", "20 A"],
        [2, "Customer2-B-1", "20 A"],
        ["3,5,7", "Customer1-A-2", "30 A"],
    ):
        sheet.append(row)
    book.save(file)
    return file


def test_from_an_empty_folder_to_a_live_value(
    empty: SetUp, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    complaints: list[str] = []
    visit = browser.new_context(viewport={"width": 1440, "height": 900})
    visit.set_default_timeout(WITHIN_MS)
    visit.add_init_script(CLICKS)
    page = visit.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(empty.addresses()[0])
    begun = time.monotonic()
    _fill_in(page, empty)
    page.click("#scan")
    expect(page.locator("#found")).to_have_text("3 panels found.")
    found = [page.locator("[data-name=profile]").nth(row).input_value() for row in range(3)]
    assert sorted(found) == ["bg08", "em24", "sdm630"]
    page.locator("[data-name=name]").nth(found.index("bg08")).fill("RPP 1A")
    page.select_option("[name=of]", label="RPP 1A")
    page.set_input_files("[type=file]", _schedule(empty.folder / "schedule.xlsx"))
    expect(page.locator("#schedule-count")).to_have_text("3 circuits can be read")
    page.click("#take")
    expect(page.locator("#taken")).to_contain_text("RPP 1A: 3 circuits are taken.")
    page.click("#start")
    page.wait_for_url(f"http://127.0.0.1:{empty.port}/")
    # 10 to 80 A on each pole: what the meters say.
    live = page.locator(".card", has_text="RPP 1A").locator("[data-key=kw]")
    expect(live).to_have_text(re.compile(r"^[1-9]"))
    took, clicks = time.monotonic() - begun, int(page.evaluate("sessionStorage.clicks"))
    record_property("first live value", f"{took:.1f} s, {clicks} clicks")
    assert (clicks <= 5, took < WITHIN_S) == (True, True), (clicks, took)
    _check_files(empty)
    _change_afterwards(page, empty)
    visit.close()
    assert complaints == []


def _change_afterwards(page: Page, empty: SetUp) -> None:
    """A rating, on the same pages: the lines are shown first, and comments of people stay."""
    by_hand = empty.config.read_text().replace("panels:", "# Ours since 2019.\npanels:   # three")
    empty.config.write_text(by_hand)
    page.click("nav >> text=Set-up")
    page.click(".tabs >> text=Panels")
    page.locator("li", has_text="RPP 1A").locator("[data-open]").click()
    dialog = page.locator("dialog[open]")
    rating = dialog.locator("[name=main_rating]")
    rating.fill("many")
    expect(dialog.locator("[data-error=main_rating]")).to_contain_text("expected a whole number")
    rating.fill("225")
    expect(dialog.locator(".comes")).to_contain_text("main_rating: 225")
    assert empty.config.read_text() == by_hand
    assert violations(page) == []
    dialog.locator("[data-act=save]").click()
    expect(page.locator("#done")).to_contain_text("has applied it")
    before, after = by_hand.splitlines(), empty.config.read_text().splitlines()
    assert len(before) == len(after)
    assert [line for line in after if line not in before] == [
        line.replace("}", ", main_rating: 225}") for line in before if "rpp-1a:" in line
    ]
    _check_files(empty)
    check = Process([*BCM_MQTT, "check", "-c", str(empty.config)], empty.folder / "check.log")
    assert check.wait(60) == 0, check.said()


def _fill_in(page: Page, empty: SetUp) -> None:
    page.fill("[name=name]", "Data Center 1")
    page.fill("[name=time_zone]", "America/New_York")
    page.fill("[name=broker]", f"127.0.0.1:{empty.broker.port}")
    page.fill("[name=addresses]", "\n".join(empty.gateways))
    page.fill("[name=units]", "1-8")
    page.fill("[name=energy]", "0.1185")


def _check_files(empty: SetUp) -> None:
    settings = load(empty.config)
    assert len(settings.panels) == 3
    assert settings.terms.default_tariff == "standard"
    versions = settings.directories["rpp-1a"].versions
    assert [version.poles for version in versions] == [(1,), (2,), (3, 5, 7)]
    assert {version.valid_from for version in versions} == {BEGINNING}
    assert "Traceback" not in empty.run.said()


def test_what_is_wrong_stands_at_its_field(empty: SetUp, browser: Browser) -> None:
    visit = browser.new_context()
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    page.goto(empty.addresses()[0])
    _fill_in(page, empty)
    page.fill("[name=time_zone]", "Mars")
    page.click("#scan")
    page.click("#add")
    page.locator("#rows li [data-act=remove]").last.click()
    expect(page.locator("#found")).to_have_text("3 panels found.")
    for name, wrong, right in (
        ("time_zone", "Mars", "Europe/Paris"),
        ("energy", "0,12", "0.12"),
        ("broker", f"127.0.0.1:{free_port()}", f"127.0.0.1:{empty.broker.port}"),
    ):
        page.fill(f"[name={name}]", wrong)
        page.click("#start")
        expect(page.locator(f"[data-error={name}]")).to_contain_text(re.compile("expected|broker"))
        expect(page.locator(f"[name={name}]")).to_be_focused()
        page.fill(f"[name={name}]", right)
    assert not empty.config.exists()
    visit.close()


def test_a_second_scan_keeps_what_was_entered(empty: SetUp, browser: Browser) -> None:
    visit = browser.new_context()
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    page.goto(empty.addresses()[0])
    _fill_in(page, empty)
    wrong, right = f"127.0.0.1:{free_port()}", empty.gateways[0]
    page.fill("[name=addresses]", "\n".join([wrong, *empty.gateways[1:]]))
    page.click("#scan")
    expect(page.locator("#found")).to_have_text("2 panels found.")
    expect(page.locator("#places .tick")).to_have_count(1)  # it did not answer
    page.locator("[data-name=name]").first.fill("One")
    page.select_option("[name=of]", label="One")
    page.fill("[name=pasted]", "Ckt\tLoad\n1\tTenant\n")
    page.click("#take")
    page.click("#add")
    page.locator("[data-name=name]").last.fill("By hand")
    before = page.locator("[data-name=gateway] option:checked").all_inner_texts()
    assert before[2] == wrong
    page.fill("[name=addresses]", "\n".join([*reversed(empty.gateways[1:]), right]))
    page.click("#scan")
    expect(page.locator("#found")).to_have_text("3 panels found.")
    expect(page.locator("[data-name=name]")).to_have_count(4)
    assert page.locator("[data-name=gateway] option:checked").all_inner_texts() == [
        *before[:2],
        "Choose",
        right,
    ]
    expect(page.locator("#rows li").nth(2)).to_contain_text(f"{wrong} is not scanned any more")
    assert page.locator("[data-name=name]").nth(0).input_value() == "One"
    assert page.locator("[data-name=name]").nth(2).input_value() == "By hand"
    expect(page.locator("#taken")).to_have_text("One: 1 circuit is taken.")
    expect(page.locator("#places .tick")).to_have_count(0)
    visit.close()


def test_circuits_are_taken_by_the_panel_that_they_were_read_for(
    empty: SetUp, browser: Browser
) -> None:
    visit = browser.new_context()
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    page.goto(empty.addresses()[0])
    _fill_in(page, empty)
    page.dblclick("#scan")
    expect(page.locator("#found")).to_have_text("3 panels found.")
    expect(page.locator("#scan-error")).to_be_empty()
    for row, name in enumerate(("One", "Two", "Three")):
        page.locator("[data-name=name]").nth(row).fill(name)
    page.select_option("[name=of]", label="Two")
    page.fill("[name=pasted]", "Ckt\tLoad\n1\tTenant\n")
    expect(page.locator("#schedule-count")).to_have_text("1 circuit can be read")
    page.locator("#rows li [data-act=remove]").first.click()
    expect(page.locator("[name=of] option:checked")).to_have_text("Two")
    expect(page.locator("#schedule-count")).to_have_text("1 circuit can be read")
    page.click("#take")
    expect(page.locator("#taken")).to_have_text("Two: 1 circuit is taken.")
    visit.close()


def test_the_next_address_is_pasted_where_the_first_was(empty: SetUp, browser: Browser) -> None:
    visit = browser.new_context()
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    address = empty.addresses()[0]
    page.goto(address.partition("#")[0])
    expect(page.locator("#enter")).to_be_visible()
    page.evaluate("address => { location.href = address; }", address)
    expect(page.locator("#site")).to_be_visible()
    assert "#" not in page.url
    visit.close()


def test_it_fits_every_window_and_axe_finds_nothing(empty: SetUp, browser: Browser) -> None:
    visit = browser.new_context()
    visit.set_default_timeout(WITHIN_MS)
    page = visit.new_page()
    page.goto(empty.addresses()[0])
    _fill_in(page, empty)
    page.fill("[name=addresses]", "\n".join([*empty.gateways, f"127.0.0.1:{free_port()}"]))
    page.click("#scan")
    expect(page.locator("#found")).to_have_text("3 panels found.")
    bg08 = page.locator("#rows li", has_text="Unit ids 1 to 8").locator("[data-name=name]")
    bg08.fill("A panel with a name that is long")
    page.select_option("[name=of]", label="A panel with a name that is long")
    page.fill("[name=pasted]", "Ckt\tLoad\tTrip\n1\tTenant\t20\n2\tTenant\tmany\n")
    expect(page.locator("#schedule-problems")).to_contain_text("many")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        assert page.evaluate(OVERLAPS) == [], width
    for width, scheme in ((390, "dark"), (1440, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert violations(page) == [], width
    visit.close()


def test_a_second_browser_and_a_configuration_by_hand(empty: SetUp, browser: Browser) -> None:
    first, second = browser.new_context(), browser.new_context()
    for visit in (first, second):
        visit.set_default_timeout(WITHIN_MS)
    page, late = first.new_page(), second.new_page()
    page.goto(empty.addresses()[0])
    expect(page.locator("#site")).to_be_visible()
    assert "#" not in page.url
    late.goto(empty.addresses()[0])
    expect(late.locator("#enter .error")).to_contain_text("one browser tab")
    page.reload()
    expect(page.locator("#site")).to_be_visible()
    text = (
        "site: {id: hand, time_zone: UTC}\n"
        f"mqtt: {{port: {empty.broker.port}}}\n"
        f"web: {{port: {empty.port}}}\ngateways: {{}}\npanels: {{}}\n"
    )
    whole = empty.config.with_suffix(".new")
    whole.parent.mkdir()
    whole.write_text(text)
    whole.rename(empty.config)
    wait_until(lambda: "page: http" in empty.run.said(), 60, empty.run.said)
    assert "the set-up page is closed for good" in empty.run.said()
    assert empty.config.read_text() == text
    for visit in (first, second):
        visit.close()
