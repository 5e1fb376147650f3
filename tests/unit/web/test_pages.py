"""The pages as a browser gets them."""

from unit.web.conftest import SMALL, Page


async def test_the_panel_page_shows_every_breaker_with_its_reading(page: Page) -> None:
    page.shows(SMALL, 12_300, 0, 5_000, None, 5_100)
    answer = await page.get("/panels/rpp-1a")
    assert answer.status_code == 200
    assert answer.text.count('class="breaker"') == 47  # 48 poles, one breaker has two
    assert '<b data-key="p1" data-format="amps">12.3</b>' in answer.text
    assert '<b data-key="p2" data-format="amps">0.0</b>' in answer.text


async def test_a_reading_that_is_missing_is_a_dash_and_not_zero(page: Page) -> None:
    page.shows(SMALL, None)
    answer = await page.get("/panels/rpp-1a")
    assert '<b data-key="p1" data-format="amps">\N{EN DASH}</b>' in answer.text


async def test_the_site_page_shows_every_panel(page: Page) -> None:
    page.shows(SMALL, 12_300)
    answer = await page.get("/")
    assert 'data-panel="rpp-1a"' in answer.text


async def test_an_unknown_panel_is_404(page: Page) -> None:
    answer = await page.get("/panels/rpp-9")
    assert answer.status_code == 404
    assert answer.json() == {"error": "unknown panel 'rpp-9': there are none yet", "fields": {}}


async def test_links_are_relative_so_that_any_prefix_works(page: Page) -> None:
    page.shows(SMALL, 12_300)
    for path in ("/", "/panels/rpp-1a", "/api/docs"):
        text = (await page.get(path)).text
        assert 'href="/' not in text
        assert 'src="/' not in text
