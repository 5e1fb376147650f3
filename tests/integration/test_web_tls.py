"""The page over https, as `bcm-mqtt web` serves it: log in, ask, stream, log out."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from peers.process import BCM_MQTT, free_port, wait_until
from peers.site import Site

PASSWORD = "correct horse battery"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """Of a page with one user; its broker is away, which is none of its business."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    folder = tmp_path / "site"
    with Site(folder, free_port(), free_port()) as site:
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        port = site.serve_page().rstrip("/").rpartition(":")[2]
        tls = f"web: {{port: {port}, tls: {{certificate: cert.pem, key: key.pem}}}}"
        text = site.config.read_text()
        site.config.write_text(text.replace(f"web: {{port: {port}}}", tls))
        line = [*BCM_MQTT, "web", "user", "add", "anna", "--role", "admin", "-c", str(site.config)]
        subprocess.run(line, input=PASSWORD, text=True, check=True, capture_output=True)
        service = site.start("web")
        wait_until(lambda: "page: https" in service.said(), 60, service.said)
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trust) as opened:
            wait_until(lambda: answers(opened), 60, service.said)
            yield opened
        assert "Traceback" not in service.said()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/login").is_success
    except httpx.TransportError:
        return False


def test_a_session_over_https_has_the_strictest_cookie(client: httpx.Client) -> None:
    assert client.get("/api/v1/panels").status_code == 401
    login = client.get("/login", headers={"accept": "text/html"})
    assert login.headers["strict-transport-security"] == "max-age=31536000"
    answer = client.post("/api/v1/session/begin", json={"name": "anna", "password": PASSWORD})
    cookies = answer.headers.get_list("set-cookie")
    [cookie] = [one for one in cookies if one.startswith("__Host-bcm_session=")]
    assert all(one.endswith("; Secure") for one in cookies)
    assert cookie.endswith("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure")
    assert client.get("/api/v1/panels").json() == []
    with client.stream("GET", "/events/site") as stream:
        assert stream.status_code == 200
        assert next(stream.iter_lines()).startswith("retry")
    text = client.get("/account", headers={"accept": "text/html"}).text
    proof = text.partition('name="csrf" content="')[2].partition('"')[0]
    sent = {"x-csrf-token": proof}
    assert client.post("/api/v1/session/end", json={}, headers=sent).status_code == 204
    assert client.get("/api/v1/panels").status_code == 401


def test_http_gets_no_answer_where_https_is_served(client: httpx.Client) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://localhost:{client.base_url.port}/login")
