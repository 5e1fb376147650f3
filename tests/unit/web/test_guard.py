"""What gets no further than the guard: clear 4xx, and nothing is asked of the bridge."""

import json
from collections.abc import AsyncIterator

import pytest

from bcm_mqtt.web.bodies import LONGEST_BODY
from unit.web.conftest import SMALL, Page

BODY = json.dumps({"changes": [{"panel": "rpp-1a", "pole": 1, "rating": 25}]})
JSON = {"content-type": "application/json"}


async def status_of(page: Page, body: str | bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await page.client.post("/api/v1/circuits", content=body, headers=named)
    assert set(answer.json()) == {"error", "fields"}
    return answer.status_code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": "application/json", "host": "evil.example"}, 421),
        ({"content_type": "application/json", "host": "[broken"}, 421),
        ({"content_type": "application/json", "origin": "https://evil.example"}, 403),
        ({"content_type": "application/json", "origin": "null"}, 403),
        ({"content_type": "application/json", "sec_fetch_site": "cross-site"}, 403),
        ({"content_type": "application/json", "sec_fetch_site": "same-site"}, 403),
        ({"content_type": "application/json", "content_length": "-1"}, 411),
        ({"content_type": "application/json", "content_length": "1e3"}, 411),
        ({"content_type": "application/json", "content_length": str(LONGEST_BODY + 1)}, 413),
        ({"content_type": "application/json", "content_length": "9" * 5000}, 413),
    ],
)
async def test_a_request_from_elsewhere_or_of_another_kind_is_refused(
    page: Page, headers: dict[str, str], status: int
) -> None:
    page.shows(SMALL)
    assert await status_of(page, BODY, **headers) == status
    assert (page.bridge.asked, page.changes) == ([], [])


async def test_a_body_of_unknown_length_is_refused(page: Page) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"{"

    answer = await page.client.post("/api/v1/circuits", content=endless(), headers=JSON)
    assert answer.status_code == 411


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "NaN", '{"changes": []}', '{"changes": [{"panel": 1}]}', b"\xff\xfe"],
)
async def test_a_body_that_is_no_change_is_refused(page: Page, body: str | bytes) -> None:
    assert await status_of(page, body, content_type="application/json") in {400, 422}
    assert page.bridge.asked == []


async def test_a_deeply_nested_body_is_refused(page: Page) -> None:
    body = "[" * 100_000 + "]" * 100_000
    assert await status_of(page, body, content_type="application/json") in {400, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/%00",
        "/panels/..%2f..%2fetc%2fpasswd",
        "/static/" + "a" * 5000,
    ],
)
async def test_no_path_leads_out_of_the_page(page: Page, path: str) -> None:
    answer = await page.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text


async def test_a_path_with_control_characters_is_refused(page: Page) -> None:
    answer = await page.get("/panels/%00")
    assert answer.status_code == 422
    assert "expected one line without control characters" in answer.text


@pytest.mark.parametrize("path", ["/", "/api/v1/panels", "/static/style.css", "/nowhere"])
async def test_every_answer_carries_the_security_headers(page: Page, path: str) -> None:
    headers = (await page.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"


async def test_no_page_has_code_or_style_of_its_own_in_it(page: Page) -> None:
    page.shows(SMALL, 1000)
    for path in ("/", "/panels/rpp-1a", "/api/docs"):
        text = (await page.get(path)).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=") + text.count(
            '<script type="module" src='
        )
