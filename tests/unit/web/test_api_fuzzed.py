"""The API tried by its own description: no 5xx, and no answer that is not documented."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from schemathesis import BaseSchema, Case

from bcm_mqtt.access.credentials import hash_of
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON
from unit.web.conftest import SMALL, page_of
from unit.web.documented import call_and_validate, described, try_all

ENTRY = AuditEntry(NOON, "root", "", "made", "", "")
SENT = {"host": "localhost", "authorization": "Bearer bcm_tests"}
"""An administrator's token: whoever may less is refused before there is anything to try."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with closing(Store(f"sqlite:///{tmp_path_factory.mktemp('fuzzed')}/bcm.db")) as keeping:
        keeping.database.ensure_schema()
        keeping.accounts.add_account(Account("anna", Role.ADMIN, "$argon2id$", NOON), ENTRY)
        token = ApiToken("tests", Role.ADMIN, hash_of("bcm_tests"), NOON)
        keeping.accounts.add_token(token, ENTRY)
        page = page_of(keeping=keeping.accounts)
        page.shows(SMALL, *[1000] * 48)
        app = create_app(replace(page.ports, past=keeping))
        yield described(app, **SENT)


OTHERS = "^/events/|/billing/|/(history|history.csv|week)$"
"""A stream of events has no end; the past and billing have tests of their own."""
ALIKE = "/configuration/(panels|alarms|alarms-.*|customers|tariffs)(/|$)"
"""The same code as of gateways, by which they are tried."""


@pytest.mark.timeout(1200)
def test_whatever_is_asked_is_answered_as_documented(
    api: BaseSchema, subtests: pytest.Subtests
) -> None:
    def ask(case: Case[Any]) -> None:
        call_and_validate(case, **SENT)

    try_all(api.exclude(path_regex=f"{OTHERS}|{ALIKE}"), subtests, ask)
