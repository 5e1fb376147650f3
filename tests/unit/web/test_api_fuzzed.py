"""The API tried by its own description: no 5xx, and no answer that is not documented."""

import atexit
from dataclasses import replace
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import schemathesis
from schemathesis import Case

from bcm_mqtt.access.credentials import hash_of
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON, UNHURRIED
from unit.web.conftest import SMALL, on_this_machine, page_of
from unit.web.documented import call_and_validate

FOLDER = mkdtemp()
atexit.register(rmtree, FOLDER)
KEEPING = Store(f"sqlite:///{FOLDER}/bcm.db")
KEEPING.database.ensure_schema()
ENTRY = AuditEntry(NOON, "root", "", "made", "", "")
KEEPING.accounts.add_account(Account("anna", Role.ADMIN, "$argon2id$", NOON), ENTRY)
KEEPING.accounts.add_token(ApiToken("tests", Role.ADMIN, hash_of("bcm_tests"), NOON), ENTRY)
PAGE = page_of(keeping=KEEPING.accounts)
PAGE.shows(SMALL, *[1000] * 48)
SENT = {"host": "localhost", "authorization": "Bearer bcm_tests"}
"""An administrator's token: whoever may less is refused before there is anything to try."""


SCHEMA = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json",
    on_this_machine(create_app(replace(PAGE.ports, past=KEEPING))),
    headers=SENT,
)


OTHERS = "^/events/|/billing/|/(history|history.csv|week)$"
"""A stream of events has no end; the past and billing have tests of their own."""
ALIKE = "/configuration/(panels|alarms|alarms-.*|customers|tariffs)(/|$)"
"""The same code as of gateways, by which they are tried."""


@SCHEMA.exclude(path_regex=f"{OTHERS}|{ALIKE}").parametrize()
@UNHURRIED
def test_whatever_is_asked_is_answered_as_documented(case: Case[Any]) -> None:
    call_and_validate(case, **SENT)
