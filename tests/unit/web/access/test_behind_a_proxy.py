"""https, proxies, prefixes: what is believed of whom, and the cookie that follows."""

from ipaddress import ip_network

import pytest

from bcm_mqtt.access.credentials import csrf_of
from bcm_mqtt.access.entrance import Timeouts
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.web.access.gate import secret_in, set_cookie
from bcm_mqtt.web.access.proxied import prefix_of
from unit.web.access.conftest import PASSWORD, Guarded

PROXY = "10.0.0.5"
TRUSTED = {"proxies": (ip_network("10.0.0.0/29"),), "hosts": frozenset({"bcm.example"})}
LOGIN = {"name": "viewer", "password": PASSWORD}
HTTPS = "https://bcm.example"


@pytest.mark.parametrize(
    ("base_url", "headers", "said"),
    [
        (HTTPS, {}, "__Host-bcm_session="),
        ("http://bcm.example", {"x-forwarded-proto": "https"}, "__Host-bcm_session="),
        ("http://bcm.example", {}, "bcm_session="),
        (HTTPS, {"x-forwarded-prefix": "/bcm/"}, "__Secure-bcm_session="),
        (HTTPS, {"x-ingress-path": "/api/ingress/a_b-c"}, "__Secure-bcm_session="),
        (HTTPS, {"x-forwarded-prefix": "/a; Domain=evil"}, "__Host-bcm_session="),
    ],
)
async def test_the_cookie_is_as_strict_as_the_way_to_the_browser_allows(
    guarded: Guarded, base_url: str, headers: dict[str, str], said: str
) -> None:
    with guarded.seen_from(PROXY, base_url, **TRUSTED) as client:
        answer = await client.post("/api/v1/session/begin", json=LOGIN, headers=headers)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(said)
        assert ("; Secure" in cookie) == said.startswith("__")
        back = {**headers, "cookie": cookie.partition(";")[0]}
        client.cookies.clear()
        who = await client.get("/api/v1/session", headers=back)
        assert who.json()["name"] == "viewer"


async def test_a_prefix_is_the_path_of_the_cookie(guarded: Guarded) -> None:
    with guarded.seen_from(PROXY, HTTPS, **TRUSTED) as client:
        sent = {"x-forwarded-prefix": "/power/bcm"}
        answer = await client.post("/api/v1/session/begin", json=LOGIN, headers=sent)
    assert "; Path=/power/bcm; " in answer.headers["set-cookie"]


async def test_what_anybody_says_of_himself_is_not_believed(guarded: Guarded) -> None:
    forged = {"x-forwarded-for": "127.0.0.1", "x-forwarded-prefix": "/x"}
    with guarded.seen_from("192.0.2.9", HTTPS, hosts=TRUSTED["hosts"]) as client:
        answer = await client.post("/api/v1/session/begin", json=LOGIN, headers=forged)
    assert "; Path=/; " in answer.headers["set-cookie"]
    assert guarded.keeping.accounts.audit(limit=1)[0].address == "192.0.2.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("127.0.0.1, 192.0.2.9", "192.0.2.9"),  # the browser wrote the first itself
        ("127.0.0.1, 192.0.2.9, 10.0.0.6", "192.0.2.9"),  # by two proxies of ours
        ("192.0.2.9, unknown", PROXY),
        ("", PROXY),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
async def test_the_browsers_address_is_the_last_that_no_proxy_of_ours_has(
    guarded: Guarded, forwarded: str, address: str
) -> None:
    with guarded.seen_from(PROXY, HTTPS, **TRUSTED) as client:
        sent = {"x-forwarded-for": forwarded}
        await client.post("/api/v1/session/begin", json=LOGIN, headers=sent)
    assert guarded.keeping.accounts.audit(limit=1)[0].address == address


async def test_plain_http_from_another_machine_is_refused_before_any_password(
    guarded: Guarded,
) -> None:
    with guarded.seen_from("192.0.2.9", "http://bcm.example", **TRUSTED) as client:
        for path in ("/", "/login", "/static/style.css"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["error"]) == (
                403,
                "expected https, or the way by the proxy",
            )
        assert (await client.post("/api/v1/session/begin", json=LOGIN)).status_code == 403


async def test_a_proxy_on_this_machine_lets_nobody_in_without_an_account(
    guarded: Guarded,
) -> None:
    for role in Role:
        guarded.keeping.accounts.remove_account(
            role.value, guarded.keeping.accounts.audit(limit=1)[0]
        )
    local = {"proxies": (ip_network("127.0.0.1"),), "hosts": TRUSTED["hosts"]}
    with guarded.seen_from("127.0.0.1", "http://bcm.example", **local) as client:
        assert (await client.get("/api/v1/panels")).status_code == 401
        sent = {"x-forwarded-for": "127.0.0.1"}
        assert (await client.get("/api/v1/panels", headers=sent)).status_code == 401
    assert (await guarded.page.get("/api/v1/panels")).status_code == 200


async def test_https_is_remembered_by_browsers_and_http_is_not(guarded: Guarded) -> None:
    with guarded.seen_from("192.0.2.9", HTTPS, hosts=TRUSTED["hosts"]) as client:
        answer = await client.get("/login")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await guarded.page.get("/login")).headers


async def test_an_unknown_host_name_is_refused_also_with_a_session(guarded: Guarded) -> None:
    secret = guarded.session()
    with guarded.seen_from("192.0.2.9", "https://evil.example") as client:
        sent = {"cookie": f"__Host-bcm_session={secret}", "x-csrf-token": csrf_of(secret)}
        assert (await client.get("/api/v1/session", headers=sent)).status_code == 421


def test_the_secret_is_found_among_cookies_of_others() -> None:
    header = 'a=b; bad cookie[]; bcm_session=s3cret; c="x;y"; xbcm_session=no'
    assert secret_in(header, secure=False, prefix="") == "s3cret"
    assert secret_in(header, secure=True, prefix="") == ""
    assert secret_in("", secure=False, prefix="") == ""


def test_a_cookie_is_taken_back_with_the_same_name_and_path() -> None:
    taken = set_cookie("", Timeouts().longest, secure=True, prefix="/bcm")
    assert taken == ("__Secure-bcm_session=; Path=/bcm; Max-Age=0; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize("text", ["bcm", "/a b", "/a;b", "/a//b", "/a\r\nb", "//evil", "/"])
def test_a_prefix_that_is_no_path_is_none(text: str) -> None:
    assert prefix_of(text) == ""
    assert prefix_of("/bcm/x_1/") == "/bcm/x_1"
