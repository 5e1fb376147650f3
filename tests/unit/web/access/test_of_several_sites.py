"""At a site's own page those who do not see the site are nobody, though they have an account."""

from typing import Any

from bcm_mqtt.access.credentials import hash_of
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.domain.site.account import Account, ApiToken, Role
from unit.builders import NOON
from unit.web.access.conftest import ENTRY, HASH, PASSWORD, Guarded


def of_site(guarded: Guarded, site: str) -> dict[str, Any]:
    """The page as that of a site whose users others share."""
    clock = guarded.page.clock
    entrance = Entrance(guarded.keeping.accounts, clock, Timeouts(), site=site)
    return {"entrance": entrance, "shares_users": True}


async def test_a_user_of_another_site_is_answered_as_one_that_is_not_there(
    guarded: Guarded,
) -> None:
    kim = Account("kim", Role.VIEWER, HASH, NOON, sites=("dc1",))
    guarded.keeping.accounts.add_account(kim, ENTRY)
    said = {}
    for site in ("dc1", "dc2"):
        with guarded.seen_from("127.0.0.1", **of_site(guarded, site)) as client:
            async with client:
                for name in ("kim", "nobody"):
                    given = {"name": name, "password": PASSWORD}
                    answer = await client.post("/api/v1/session/begin", json=given)
                    said[site, name] = (answer.status_code, answer.text)
    assert said["dc1", "kim"] == (204, "")
    assert said["dc2", "kim"] == said["dc2", "nobody"] == said["dc1", "nobody"]
    assert said["dc2", "kim"][0] == 401


async def test_a_session_and_a_token_of_one_site_are_worth_nothing_at_another(
    guarded: Guarded,
) -> None:
    kim = Account("kim", Role.VIEWER, HASH, NOON, sites=("dc1",))
    guarded.keeping.accounts.add_account(kim, ENTRY)
    token = ApiToken("ems", Role.VIEWER, hash_of("bcm_x"), NOON, sites=("dc1",))
    guarded.keeping.accounts.add_token(token, ENTRY)
    secret = guarded.session("kim")
    answers = {}
    for site in ("dc1", "dc2"):
        with guarded.seen_from("127.0.0.1", **of_site(guarded, site)) as client:
            async with client:
                for kind, headers in (
                    ("session", {"cookie": f"bcm_session={secret}"}),
                    ("token", {"authorization": "Bearer bcm_x"}),
                ):
                    answer = await client.get("/api/v1/panels", headers=headers)
                    answers[site, kind] = answer.status_code
    assert answers == {
        ("dc1", "session"): 200,
        ("dc1", "token"): 200,
        ("dc2", "session"): 401,
        ("dc2", "token"): 401,
    }


async def test_the_page_of_users_has_sites_only_where_several_share_them(guarded: Guarded) -> None:
    headers = guarded.sent_by(Role.ADMIN)
    alone = await guarded.ask("GET", "/access", headers)
    with guarded.seen_from("127.0.0.1", shares_users=True) as client:
        async with client:
            shared = await client.get("/access", headers=headers)
    assert 'name="sites"' not in alone.text
    assert 'name="sites"' in shared.text
