"""A page with an account and a token for every role."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from bcm_mqtt.access.credentials import csrf_of, hash_of
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON
from unit.web.conftest import SMALL, Page, page_of

PASSWORD = "correct horse battery"
# Made with as little work as there may be: what hashing takes is not what most tests are about.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ENTRY = AuditEntry(NOON, "root", "", "made", "", "")


@dataclass
class Guarded:
    """A page that has accounts: one for each role, of its name, and a token likewise."""

    page: Page
    keeping: Store

    def session(self, role: str = "admin") -> str:
        return self.page.ports.entrance.begin(role, "127.0.0.1")

    def sent_by(self, role: Role | None, *, token: bool = False) -> dict[str, str]:
        """The headers of a request of a role; of nobody none."""
        if role is None:
            return {}
        if token:
            return {"authorization": f"Bearer {token_of(role)}"}
        secret = self.session(role.value)
        return {"cookie": f"bcm_session={secret}", "x-csrf-token": csrf_of(secret)}

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None
    ) -> httpx.Response:
        return await self.page.client.request(method, path, headers=headers, json=body)

    async def log_in(self, name: str, password: str, **more: str) -> httpx.Response:
        body = {"name": name, "password": password}
        return await self.ask("POST", "/api/v1/session/begin", more, body)

    @contextmanager
    def seen_from(
        self, address: str, base_url: str = "http://localhost", **changes: object
    ) -> Iterator[httpx.AsyncClient]:
        """A client at another address, of the page with other ports."""
        ports = replace(self.page.ports, **changes)  # type: ignore[arg-type]
        transport = httpx.ASGITransport(create_app(ports), client=(address, 1234))
        yield httpx.AsyncClient(transport=transport, base_url=base_url)


def token_of(role: Role) -> str:
    return f"bcm_secret_of_{role}"


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as keeping:
        keeping.database.ensure_schema()
        page = page_of(keeping=keeping.accounts)
        for role in Role:
            customers = ("Acme",) if role is Role.CUSTOMER else ()
            keeping.accounts.add_account(Account(role.value, role, HASH, NOON, customers), ENTRY)
            token = ApiToken(role.value, role, hash_of(token_of(role)), NOON, customers)
            keeping.accounts.add_token(token, ENTRY)
        page.shows(SMALL, 12_300, 0, 5_000, None, 5_100)
        async with page.client:
            yield Guarded(page, keeping)
