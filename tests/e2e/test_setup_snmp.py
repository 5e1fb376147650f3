"""A rack PDU at set-up in a browser: found beside a gateway, written, and live."""

import re
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, expect

from bcm_mqtt.config import load
from e2e.conftest import WITHIN_MS
from e2e.test_accessible import violations
from e2e.test_no_text_overlaps import DRAWN, OVERLAPS, WIDTHS
from e2e.test_setup_page import SetUp
from integration.test_snmp import APC, outlets
from peers.snmpd import COMMUNITY, Snmpd


def test_a_rack_pdu_is_found_and_lives(tmp_path: Path, browser: Browser) -> None:
    complaints: list[str] = []
    with ExitStack() as stack:
        empty = SetUp(tmp_path, stack)
        pdu = stack.enter_context(Snmpd(tmp_path / "pdu", "1.3.6.1.4.1.318.1.3.4.6", APC))
        pdu.write(outlets())
        visit = browser.new_context(viewport={"width": 1440, "height": 900})
        visit.set_default_timeout(WITHIN_MS)
        page = visit.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(empty.addresses()[0])
        page.fill("[name=name]", "Data Center 1")
        page.fill("[name=time_zone]", "America/New_York")
        page.fill("[name=broker]", f"127.0.0.1:{empty.broker.port}")
        page.fill("[name=addresses]", empty.gateways[0])
        page.fill("[name=units]", "1-8")
        page.fill("[name=agents]", "10.0.0.0/24")
        page.click("#scan")
        expect(page.locator("#scan-error")).to_contain_text("expected HOST")
        page.fill("[name=agents]", f"127.0.0.1:{pdu.port}")
        page.fill("[name=community]", COMMUNITY)
        page.click("#scan")
        expect(page.locator("#found")).to_have_text("2 panels found.")
        expect(page.locator("#places")).to_contain_text(f"SNMP 127.0.0.1:{pdu.port}")
        profiles = page.locator("[data-name=profile]")
        row = [profiles.nth(at).input_value() for at in range(2)].index("apc-rpdu2")
        expect(page.locator("#rows [data-name=first_unit]").nth(row)).to_be_hidden()
        expect(page.locator("#rows [data-name=first_unit]").nth(1 - row)).to_be_visible()
        page.locator("[data-name=name]").nth(row).fill("PDU A1")
        assert page.locator("[data-name=poles]").nth(row).input_value() == "24"
        assert violations(page) == []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(DRAWN)
            assert page.evaluate(OVERLAPS) == [], width
        page.click("#scan")  # a second scan keeps the row
        expect(page.locator("#start")).to_be_disabled()
        expect(page.locator("#start")).to_be_enabled()
        expect(page.locator("#found")).to_have_text("2 panels found.")
        expect(page.locator("#rows li")).to_have_count(2)
        page.click("#start")
        page.wait_for_url(f"http://127.0.0.1:{empty.port}/")
        live = page.locator(".card", has_text="PDU A1").locator("[data-key=kw]")
        expect(live).to_have_text(re.compile(r"^\d"), timeout=90_000)  # snmpd runs a script
        settings = load(empty.config)
        assert len(settings.panels) == 2
        assert len(settings.panels["pdu-a1"].sources[0].poles) == 24
        visit.close()
    assert complaints == []
