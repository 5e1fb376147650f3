"""Exchanges and corrections of meters by the API: what they would do, and what is requested."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.mqtt.payloads import ChangeInstruments, ExchangeMeters, decode_request
from unit.builders import NEW_YORK
from unit.web.conftest import SMALL, Page

ROWS = (Instrument((1, 3), serial="A-1", multiplier=Fraction(2)),)


async def asked(page: Page, address: str, **body: Any) -> Any:  # noqa: ANN401
    page.shows(replace(SMALL, instruments=ROWS), 1000)
    answer = await page.post(address, {"panel": "rpp-1a", **body})
    return answer.json() | {"status": answer.status_code}


async def test_a_preview_says_what_an_exchange_would_do_and_does_nothing(page: Page) -> None:
    found = await asked(
        page,
        "/api/v1/meters/preview",
        poles=[1, 3],
        exchange=True,
        serial="B-2",
        last_reading="10+20",
        valid_from="2026-10-10T09:30",
    )
    assert found["effects"] == [
        (
            "Poles 1+3 from 2026-10-10 09:30 on: meter number A-1 becomes B-2, "
            "last reading of the old meter none becomes 10+20."
        ),
        (
            "Bills change from 2026-10 on; bills already issued stay as they are until they are "
            "revised."
        ),
    ]
    assert found["differences"][0] == {
        "panel": "rpp-1a",
        "poles": "1+3",
        "field": "serial",
        "before": "A-1",
        "after": "B-2",
    }
    assert (page.bridge.asked, page.changes) == ([], [])


async def test_an_exchange_and_a_correction_are_requested_of_the_bridge_and_logged(
    page: Page,
) -> None:
    await asked(page, "/api/v1/meters", poles=[1], exchange=True, serial="B-2")
    await asked(page, "/api/v1/meters", poles=[3], sign="-1", valid_from="2026-10-10")
    requests = [
        decode_request(action, payload, NEW_YORK) for _, action, payload in page.bridge.asked
    ]
    assert [type(request) for request in requests] == [ExchangeMeters, ChangeInstruments]
    assert [change.what for change in page.changes] == ["meter rpp-1a 1", "meter rpp-1a 3"]
    assert "sign -1" in page.changes[1].after


async def test_a_mistake_is_named_at_its_field(page: Page) -> None:
    found = await asked(page, "/api/v1/meters/preview", poles=[1], multiplier="0")
    assert found["status"] == 409
    assert "multiplier" in str(found)
    found = await asked(page, "/api/v1/meters/preview", poles=[1], serial="A-1")
    assert found["effects"] == ["Nothing changes."]


async def test_the_panels_page_has_the_dialog(page: Page) -> None:
    page.shows(SMALL, 1000)
    text = (await page.get("/panels/rpp-1a")).text
    assert 'id="meters"' in text
    assert 'name="last_reading"' in text
