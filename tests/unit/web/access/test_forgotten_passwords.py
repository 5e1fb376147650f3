"""A forgotten password: a link by mail, good once; nothing is to be learned from the answers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from bcm_mqtt.access.credentials import hash_of, matches
from bcm_mqtt.access.password_resets import ForgottenPasswords
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.errors import WorkError
from bcm_mqtt.web import create_app
from unit.store.rows import rows
from unit.web.access.conftest import ENTRY, HASH, PASSWORD, Guarded

NEW = "a staple that is another one"
FORGOTTEN, RESET = "/api/v1/session/forgotten", "/api/v1/session/reset"


@dataclass
class Mailing:
    """The page with what mails links, and what was mailed."""

    guarded: Guarded
    forgetting: ForgottenPasswords
    client: httpx.AsyncClient
    sent: list[tuple[str, str]] = field(default_factory=list)
    fails: bool = False

    async def ask(self, name: str) -> httpx.Response:
        answer = await self.client.post(FORGOTTEN, json={"name": name})
        await self.forgetting.done()
        return answer

    async def secret(self, name: str = "customer") -> str:
        assert (await self.ask(name)).status_code == 204
        return self.sent[-1][1]

    async def use(self, secret: str, password: str = NEW) -> httpx.Response:
        return await self.client.post(RESET, json={"token": secret, "password": password})

    def password(self, name: str = "customer") -> str:
        account = self.guarded.keeping.accounts.account(name)
        assert account
        return next(one for one in (PASSWORD, NEW) if matches(one, account.password_hash))


@pytest.fixture
def mailing(guarded: Guarded) -> Mailing:
    sent: list[tuple[str, str]] = []
    found: Mailing

    def mail(account: Account, secret: str) -> None:
        if found.fails:
            raise WorkError("the mail server is away")
        sent.append((account.email, secret))

    entrance, resets = guarded.page.ports.entrance, guarded.keeping.password_resets
    forgetting = ForgottenPasswords(entrance, resets, mail)
    guarded.keeping.accounts.change_email("customer", "kim@example.com", ENTRY)
    ports = replace(guarded.page.ports, forgotten=forgetting)
    transport = httpx.ASGITransport(create_app(ports))
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    found = Mailing(guarded, forgetting, client, sent)
    return found


async def test_the_link_gives_another_password_once_and_ends_the_sessions(mailing: Mailing) -> None:
    session = mailing.guarded.sent_by(Role.CUSTOMER)
    secret = await mailing.secret(" Customer ")
    assert mailing.sent == [("kim@example.com", secret)]
    assert (await mailing.use(secret)).status_code == 204
    assert mailing.password() == NEW
    assert (await mailing.client.get("/api/v1/session", headers=session)).status_code == 401
    again = await mailing.use(secret, PASSWORD)
    worth_nothing = "password: link: the link was used already or has expired: request another one"
    assert (again.status_code, again.json()["error"]) == (409, worth_nothing)
    assert mailing.password() == NEW
    told = [(one.who, one.what, one.after) for one in mailing.guarded.keeping.accounts.audit(None)]
    assert ("customer", "password of customer", "changed by the link of a mail") in told
    assert ("customer", "password of customer", "a link goes to kim@example.com") in told


async def test_the_secret_is_stored_as_its_hash_alone(mailing: Mailing) -> None:
    secret = await mailing.secret()
    stored = rows(mailing.guarded.keeping, "SELECT * FROM password_reset")
    assert [row[0] for row in stored] == [hash_of(secret)]
    assert secret not in str(rows(mailing.guarded.keeping, "SELECT * FROM audit_entry"))


async def test_whoever_asks_learns_nothing_of_an_account(mailing: Mailing) -> None:
    """Of one with an address, one without, none, and while no mail can be sent."""
    answers = [await mailing.ask(name) for name in ("customer", "viewer", "joe", "../'\"<b>")]
    mailing.fails = True
    answers.append(await mailing.ask("customer"))
    alike = {
        (one.status_code, one.content, tuple(sorted(set(one.headers) - {"date"})))
        for one in answers
    }
    assert len(alike) == 1
    assert [to for to, _ in mailing.sent] == ["kim@example.com"]


async def test_a_link_expires_and_another_one_ends_it(mailing: Mailing) -> None:
    first = await mailing.secret()
    second = await mailing.secret()
    assert (await mailing.use(first)).status_code == 409
    mailing.guarded.page.clock.now += timedelta(minutes=30)
    assert (await mailing.use(second)).status_code == 409
    assert mailing.password() == PASSWORD


async def test_a_weak_password_is_refused_and_the_link_stays_good(mailing: Mailing) -> None:
    secret = await mailing.secret()
    for weak in ("short", "customer customer 1"):
        refused = await mailing.use(secret, weak)
        assert refused.status_code == 409
        assert "password" in refused.json()["error"]
    assert (await mailing.use(secret)).status_code == 204


@pytest.mark.parametrize(
    "ends",
    [
        lambda stored: stored.change_password("customer", HASH, ENTRY),
        lambda stored: stored.change_email("customer", "other@example.com", ENTRY),
        lambda stored: stored.remove_account("customer", ENTRY),
    ],
    ids=["password", "address", "removed"],
)
async def test_what_changes_the_account_ends_the_link(
    mailing: Mailing, ends: Callable[[object], None]
) -> None:
    secret = await mailing.secret()
    ends(mailing.guarded.keeping.accounts)
    assert (await mailing.use(secret)).status_code == 409


async def test_an_account_is_not_flooded_and_a_place_is_slowed_down(mailing: Mailing) -> None:
    answers = [(await mailing.ask("customer")).status_code for _ in range(7)]
    assert answers == [204] * 6 + [429]
    assert len(mailing.sent) == 3  # two more, and one that was free
    mailing.guarded.page.clock.now += timedelta(hours=2)
    assert (await mailing.ask("customer")).status_code == 204
    assert len(mailing.sent) == 4


async def test_who_guesses_links_is_slowed_down(mailing: Mailing) -> None:
    answers = [(await mailing.use(f"guess {number}")).status_code for number in range(8)]
    assert answers[:6] == [409] * 6
    assert set(answers[6:]) == {429}


async def test_a_page_without_mail_offers_none(guarded: Guarded, mailing: Mailing) -> None:
    for path in ("/forgotten", "/reset"):
        assert (await guarded.ask("GET", path, {})).status_code == 404
        assert (await mailing.client.get(path)).status_code == 200
    assert "forgotten" not in (await guarded.ask("GET", "/login", {})).text
    assert 'href="./forgotten"' in (await mailing.client.get("/login")).text
    assert (await guarded.ask("POST", FORGOTTEN, {}, {"name": "customer"})).status_code == 404


async def test_ones_own_address_needs_the_password(mailing: Mailing) -> None:
    headers = mailing.guarded.sent_by(Role.CUSTOMER)
    stored = mailing.guarded.keeping.accounts
    for body, status in (
        ({"email": "new@example.com", "password": "wrong"}, 401),
        ({"email": "no address", "password": PASSWORD}, 409),
        ({"email": "a@b.c\r\nBcc: x@y.z", "password": PASSWORD}, 422),
        ({"email": "new@example.com", "password": PASSWORD}, 204),
    ):
        answer = await mailing.client.post("/api/v1/session/email", json=body, headers=headers)
        assert answer.status_code == status
    account = stored.account("customer")
    assert account
    assert account.email == "new@example.com"
    assert 'value="new@example.com"' in (await mailing.client.get("/account", headers=headers)).text
