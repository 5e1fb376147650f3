"""Logging in and out, sessions and tokens, as a browser and a program see them."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.access import login
from bcm_mqtt.access.credentials import hash_of, hashed, known_device, matches
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Accounts
from bcm_mqtt.web.pages.access_pages import path_within
from unit.builders import NOON
from unit.web.access.conftest import ENTRY, PASSWORD, Guarded, token_of
from unit.web.conftest import Page

HTML = {"accept": "text/html"}
LATER = timedelta(seconds=4)
"""After which those who were recognised are asked about again."""


async def test_without_accounts_whoever_is_on_this_machine_may_do_everything(page: Page) -> None:
    who = (await page.get("/api/v1/session")).json()
    assert (who["name"], who["role"]) == ("local", "admin")


async def test_the_right_password_gives_a_session_and_logging_out_ends_it(
    guarded: Guarded,
) -> None:
    answer = await guarded.log_in(" Operator ", PASSWORD)
    assert answer.status_code == 204
    cookie = answer.headers.get_list("set-cookie")[0]
    assert cookie.endswith("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax")
    sent = {"cookie": cookie.partition(";")[0]}
    who = await guarded.ask("GET", "/api/v1/session", sent)
    assert (who.json()["name"], who.json()["role"]) == ("operator", "operator")
    text = (await guarded.ask("GET", "/", {**sent, **HTML})).text
    proof = text.partition('name="csrf" content="')[2].partition('"')[0]
    ended = await guarded.ask("POST", "/api/v1/session/end", {**sent, "x-csrf-token": proof}, {})
    assert (ended.status_code, "Max-Age=0" in ended.headers["set-cookie"]) == (204, True)
    assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 401
    told = [
        (entry.who, entry.address, entry.after) for entry in guarded.keeping.accounts.audit(limit=2)
    ]
    assert told == [
        ("operator", "127.0.0.1", "logged out"),
        ("operator", "127.0.0.1", "logged in"),
    ]


async def test_the_secret_of_a_session_is_stored_nowhere(guarded: Guarded) -> None:
    secret = guarded.session()
    assert guarded.keeping.accounts.session(secret) is None
    assert guarded.keeping.accounts.session(hash_of(secret)) is not None


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(guarded: Guarded) -> None:
    wrong = await guarded.log_in("admin", "wrong")
    unknown = await guarded.log_in("nobody", "wrong")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers


async def test_after_some_failures_one_waits_and_the_right_password_is_not_looked_at(
    guarded: Guarded,
) -> None:
    for _ in range(6):
        assert (await guarded.log_in("admin", "wrong")).status_code == 401
    answer = await guarded.log_in("admin", PASSWORD)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert (await guarded.log_in("viewer", PASSWORD)).status_code == 204
    guarded.page.clock.now += timedelta(seconds=1)
    assert (await guarded.log_in("admin", PASSWORD)).status_code == 204


async def test_whoever_guesses_cannot_lock_the_owner_out(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From one place, from many, and from the owner's own."""
    known = (await guarded.log_in("admin", PASSWORD)).headers.get_list("set-cookie")[1]
    assert known.startswith("bcm_device=")
    assert known.endswith("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict")
    device = {"cookie": known.partition(";")[0]}
    right = matches
    monkeypatch.setattr(login, "matches", lambda *_: False)
    checked = guarded.page.ports.entrance
    guessed = login.Login(checked)
    for number in range(300):  # many places, three guesses from each, and as many from here
        for address in (f"192.0.2.{number % 100}", "127.0.0.1"):
            with pytest.raises((login.WrongPasswordError, login.TooOftenError)):
                await guessed.check("admin", "wrong", address)
    monkeypatch.setattr(login, "matches", right)
    with pytest.raises(login.TooOftenError) as elsewhere:  # from a browser that nobody knows
        await guessed.check("admin", PASSWORD, "198.51.100.7")
    assert elsewhere.value.seconds <= 60
    shown = device["cookie"].partition("=")[2]
    await guessed.check("admin", PASSWORD, "127.0.0.1", shown)
    await guessed.check("viewer", PASSWORD, "198.51.100.7")
    for other in ("", "x.y", shown[:-1] + ("0" if shown[-1] != "0" else "1")):
        with pytest.raises(login.TooOftenError):
            await guessed.check("admin", PASSWORD, "127.0.0.1", other)
    for _ in range(6):
        with pytest.raises(login.WrongPasswordError):
            await guessed.check("viewer", "wrong", "203.0.113.9", shown)
    with pytest.raises(login.TooOftenError):  # it is known of one account alone
        await guessed.check("viewer", "wrong", "203.0.113.9", shown)


async def test_a_known_browser_may_guess_no_more_than_any_other(guarded: Guarded) -> None:
    known = (await guarded.log_in("admin", PASSWORD)).headers.get_list("set-cookie")[1]
    device = {"cookie": known.partition(";")[0]}
    for _ in range(6):
        assert (await guarded.log_in("admin", "wrong", **device)).status_code == 401
    assert (await guarded.log_in("admin", PASSWORD, **device)).status_code == 429
    guarded.page.client.cookies.clear()
    assert (await guarded.log_in("admin", PASSWORD)).status_code == 204


async def test_one_place_cannot_fill_the_queue_of_all(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    right = matches
    monkeypatch.setattr(login, "matches", lambda *given: free.wait(10) and right(*given))
    checked = login.Login(guarded.page.ports.entrance)
    crowd = [asyncio.create_task(checked.check("viewer", PASSWORD, "192.0.2.1")) for _ in range(30)]
    await asyncio.sleep(0)
    owner = asyncio.create_task(checked.check("admin", PASSWORD, "198.51.100.7"))
    await asyncio.sleep(0)
    free.set()
    await owner
    results = await asyncio.gather(*crowd, return_exceptions=True)
    assert sum(isinstance(one, login.TooOftenError) for one in results) == 26


async def test_a_new_password_forgets_the_browsers_that_were_known(guarded: Guarded) -> None:
    known = (await guarded.log_in("admin", PASSWORD)).headers.get_list("set-cookie")[1]
    shown = known.partition(";")[0].partition("=")[2]
    account = guarded.keeping.accounts.account("admin")
    assert account
    assert known_device(shown, "admin", account.password_hash)
    assert not known_device(shown, "viewer", account.password_hash)
    assert not known_device(shown, "admin", hashed("another password"))


async def test_an_address_that_tries_many_names_waits_for_all_of_them(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "matches", lambda *_: False)
    for number in range(21):
        assert (await guarded.log_in(f"user{number}", "wrong")).status_code == 401
    assert (await guarded.log_in("admin", PASSWORD)).status_code == 429


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"name": "x", "password": "y" * 513}, []])
async def test_a_login_that_is_none_is_told_so(guarded: Guarded, body: object) -> None:
    answer = await guarded.ask("POST", "/api/v1/session/begin", {}, body)
    assert answer.status_code == 422


async def test_who_is_nobody_is_led_to_the_login_and_back(guarded: Guarded) -> None:
    for path, expected in (
        ("/", "./login"),
        ("/panels/rpp-1a?show=alarms", "../login?next=panels%2Frpp-1a%3Fshow%3Dalarms"),
        ("/no/such/page", "../../login?next=no%2Fsuch%2Fpage"),
    ):
        answer = await guarded.ask("GET", path, HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, expected)
    answer = await guarded.ask("GET", "/login?next=panels%2Frpp-1a%3Fshow%3Dalarms", HTML)
    assert 'data-next="panels/rpp-1a?show=alarms"' in answer.text
    assert 'class="me"' not in answer.text


@pytest.mark.parametrize(
    "text",
    ["//evil", "https://evil", "javascript:x", "/\\evil", "\\evil", "a/../..//evil", "a\nb", "?x"],
)
def test_the_login_leads_to_no_other_site(text: str) -> None:
    assert path_within(text) == ""
    assert path_within("panels/rpp-1a?show=alarms") == "panels/rpp-1a?show=alarms"


async def test_a_session_ends_when_it_was_idle_or_is_too_old(guarded: Guarded) -> None:
    sent = guarded.sent_by(Role.VIEWER)
    clock = guarded.page.clock
    for _ in range(6):  # used every 11 hours it lasts, but no more than seven days
        clock.now += timedelta(hours=11)
        assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 200
    clock.now += timedelta(hours=12, minutes=1)
    assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 401
    sent = guarded.sent_by(Role.VIEWER)
    for _ in range(14):
        clock.now += timedelta(hours=11, minutes=55)
        assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 200
    clock.now += timedelta(hours=2)
    assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 401


async def test_a_removed_user_is_out_at_once_and_another_process_is_heard_soon(
    guarded: Guarded,
) -> None:
    viewer, billing = guarded.sent_by(Role.VIEWER), guarded.sent_by(Role.BILLING)
    for sent in (viewer, billing):
        assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 200
    admin = guarded.sent_by(Role.ADMIN)
    body = {"name": "viewer"}
    removed = await guarded.ask("POST", "/api/v1/users/remove", admin, body)
    assert removed.status_code == 204
    assert (await guarded.ask("GET", "/api/v1/session", viewer)).status_code == 401
    guarded.keeping.accounts.remove_account("billing", ENTRY)
    guarded.page.clock.now += LATER
    assert (await guarded.ask("GET", "/api/v1/session", billing)).status_code == 401


async def test_a_session_has_another_role_at_once(guarded: Guarded) -> None:
    viewer, admin = guarded.sent_by(Role.VIEWER), guarded.sent_by(Role.ADMIN)
    role = "/api/v1/users/role"
    assert (await guarded.ask("GET", "/api/v1/users", viewer)).status_code == 403
    body = {"name": "viewer", "role": "admin"}
    assert (await guarded.ask("POST", role, viewer, body)).status_code == 403
    assert (await guarded.ask("POST", role, admin, body)).status_code == 204
    assert (await guarded.ask("GET", "/api/v1/users", viewer)).status_code == 200
    for wrong, reason in (
        ({"name": "admin", "role": "viewer"}, "you cannot change your own role"),
        ({"name": "nobody", "role": "viewer"}, "there is no user 'nobody'"),
        ({"name": "viewer", "role": "customer"}, "customer"),
    ):
        refused = await guarded.ask("POST", role, admin, wrong)
        assert refused.status_code == 409
        assert reason in refused.json()["error"]
    entry = (await guarded.ask("GET", "/api/v1/audit", admin)).json()[0]
    assert [entry[key] for key in ("what", "before", "after")] == ["user viewer", "viewer", "admin"]


async def test_a_new_password_of_ones_own_logs_other_browsers_out(guarded: Guarded) -> None:
    here, there = guarded.sent_by(Role.VIEWER), guarded.sent_by(Role.VIEWER)
    path = "/api/v1/session/password"
    short = await guarded.ask("POST", path, here, {"old": PASSWORD, "new": "short"})
    assert (short.status_code, short.json()["fields"]) == (
        409,
        {"new": "password of 5 characters: expected at least 12"},
    )
    wrong = await guarded.ask("POST", path, here, {"old": "x", "new": "a new long password"})
    assert wrong.status_code == 401
    done = await guarded.ask("POST", path, here, {"old": PASSWORD, "new": "a new long password"})
    assert done.status_code == 204
    for sent in (here, there):
        assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 401
    new = {"cookie": done.headers["set-cookie"].partition(";")[0]}
    assert (await guarded.ask("GET", "/api/v1/session", new)).status_code == 200
    assert (await guarded.log_in("viewer", "a new long password")).status_code == 204


async def test_a_token_is_good_until_it_expires_or_is_removed(guarded: Guarded) -> None:
    sent = {"authorization": f"Bearer {token_of(Role.VIEWER)}"}
    who = (await guarded.ask("GET", "/api/v1/session", sent)).json()
    assert (who["name"], who["role"]) == ("token viewer", "viewer")
    used = next(one for one in guarded.keeping.accounts.tokens() if one.name == "viewer")
    assert used.last_used == NOON
    body = {"name": "soon", "role": "viewer", "expires": "2026-11-20T13:00:00Z"}
    answer = await guarded.ask("POST", "/api/v1/tokens/add", guarded.sent_by(Role.ADMIN), body)
    soon = {"authorization": f"bearer {answer.json()['token']}"}
    assert (await guarded.ask("GET", "/api/v1/session", soon)).status_code == 200
    guarded.page.clock.now += timedelta(hours=1)
    answer = await guarded.ask("GET", "/api/v1/session", soon)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    guarded.keeping.accounts.remove_token("viewer", ENTRY)
    guarded.page.clock.now += LATER
    assert (await guarded.ask("GET", "/api/v1/session", sent)).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Basic YWRtaW46eA==", "Bearer \xff", "x" * 5000]
)
async def test_a_token_that_is_none_is_refused(guarded: Guarded, header: str) -> None:
    answer = await guarded.page.client.get(
        "/api/v1/panels", headers={b"authorization": header.encode("latin-1")}
    )
    assert answer.status_code == 401


async def test_while_the_database_is_away_those_of_late_stay_and_nobody_else_comes(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unseen = guarded.sent_by(Role.OPERATOR), guarded.sent_by(Role.OPERATOR)
    assert (await guarded.ask("GET", "/api/v1/panels", known)).status_code == 200

    def away(*_: object) -> None:
        raise WorkError("database: connection refused")

    for name in ("session", "token", "has_accounts", "account", "use_session"):
        monkeypatch.setattr(Accounts, name, away)
    guarded.page.clock.now += timedelta(minutes=30)
    assert (await guarded.ask("GET", "/api/v1/panels", known)).status_code == 200
    for sent in (unseen, {}):
        answer = await guarded.ask("GET", "/api/v1/panels", sent)
        assert (answer.status_code, answer.json()["error"]) == (
            503,
            "database: connection refused",
        )
    assert (await guarded.log_in("admin", PASSWORD)).status_code == 503
    guarded.page.clock.now += timedelta(hours=1)
    assert (await guarded.ask("GET", "/api/v1/panels", known)).status_code == 503


async def test_with_accounts_this_machine_must_log_in_like_any_other(guarded: Guarded) -> None:
    page, keeping = guarded.page, guarded.keeping
    for role in Role:
        keeping.accounts.remove_account(role.value, ENTRY)
    assert (await page.get("/api/v1/session")).status_code == 200
    first = {"name": "anna", "role": "viewer", "password": "twelve or more", "customers": []}
    answer = await page.post("/api/v1/users/add", first)
    assert (answer.status_code, answer.json()["error"]) == (
        409,
        "expected an admin as the first user: nobody could add others",
    )
    answer = await page.post("/api/v1/users/add", {**first, "role": "admin"})
    assert answer.status_code == 204
    assert (await page.get("/api/v1/session")).status_code == 401
    assert keeping.accounts.audit()[0] == replace(
        keeping.accounts.audit()[0],
        who="local",
        address="127.0.0.1",
        what="user anna",
        after="admin",
    )
