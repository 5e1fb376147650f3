"""In which language a page answers: the account's, else what its browser asks for."""

from bcm_mqtt.domain.reading.alarm import AlarmState
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.languages import speaking
from bcm_mqtt.web.live.feed import Feed
from bcm_mqtt.web.live.phrases import AlarmsText
from unit.web.access.conftest import Guarded
from unit.web.conftest import SMALL, Page

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.8"}


def language_of(text: str) -> str:
    return text.partition('<html lang="')[2].partition('"')[0]


async def test_a_browser_is_answered_in_its_language_with_the_figures_of_its_country(
    page: Page,
) -> None:
    page.shows(SMALL, 12_300)

    german, other = await page.get("/panels/rpp-1a", **GERMAN), await page.get("/panels/rpp-1a")

    assert (language_of(german.text), language_of(other.text)) == ("de-AT", "en")
    assert '<b data-key="p1" data-format="amps">12,3</b>' in german.text
    assert '<b data-key="p1" data-format="amps">12.3</b>' in other.text


async def test_the_language_of_an_account_comes_before_that_of_the_browser(
    guarded: Guarded,
) -> None:
    headers = guarded.sent_by(Role.VIEWER)
    path = "/api/v1/session/language"

    changed = await guarded.ask("POST", path, headers, {"language": "fr_ch"})
    text = (await guarded.ask("GET", "/account", {**headers, **GERMAN})).text
    [entry] = guarded.keeping.accounts.audit(limit=1)

    assert changed.status_code == 204
    assert language_of(text) == "fr-CH"
    assert '<option value="fr-CH" lang="fr-CH" selected>' in text
    assert (entry.who, entry.what, entry.before, entry.after) == (
        "viewer",
        "language of viewer",
        "as the browser asks",
        "fr-CH",
    )
    again = await guarded.ask("POST", path, headers, {"language": ""})
    text = (await guarded.ask("GET", "/account", {**headers, **GERMAN})).text
    assert (again.status_code, language_of(text)) == (204, "de-AT")


async def test_a_language_that_we_do_not_speak_is_refused(guarded: Guarded) -> None:
    headers = guarded.sent_by(Role.VIEWER)

    answer = await guarded.ask("POST", "/api/v1/session/language", headers, {"language": "klingon"})

    assert answer.status_code == 409
    assert answer.json()["error"] == (
        "user: language: language 'klingon': expected one of en, de, fr, es, or one with its"
        " country such as de-AT"
    )


async def test_the_texts_of_javascript_are_sent_once(page: Page) -> None:
    answer = await page.get("/static/texts/de.json")
    again = await page.get("/static/texts/de.json", **{"if-none-match": answer.headers["etag"]})
    unknown = await page.get("/static/texts/it.json")

    assert (answer.status_code, again.status_code, unknown.status_code) == (200, 304, 404)
    assert answer.headers["cache-control"] == "no-cache"
    assert (await page.get("/static/texts/en.json")).json() == {}


def test_followers_of_one_feed_read_it_in_their_own_language() -> None:
    feed = Feed("board", "rpp-1a")
    text = AlarmsText(("overload",), AlarmState.UNACKNOWLEDGED)
    feed.show({"p1": 1.5})

    feed.show({"p1": 1.5, "t1": text})
    with speaking("de"):
        german = feed.since(feed.version - 1)
    english = feed.since(feed.version - 1)

    assert b'"t1":"overload: unacknowledged"' in english
    assert b'"t1":"\xc3\x9cberlast: unquittiert"' in german
    assert feed.since(feed.version) == b""
