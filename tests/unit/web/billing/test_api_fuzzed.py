"""The API of billing tried by its own description: no 5xx, no answer that is not documented."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from schemathesis import Case

from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.config import load
from bcm_mqtt.store import Store
from bcm_mqtt.web import create_app
from unit.builders import NOON, UNHURRIED, SetClock
from unit.web.billing.conftest import ports_with
from unit.web.billing.measured_site import write_measured_site
from unit.web.conftest import on_this_machine
from unit.web.documented import call_and_validate

FOLDER = TemporaryDirectory(prefix="fuzzed-")
"""Of a site whose March is measured; the cases are made when tests are collected."""
SETTINGS = load(write_measured_site(Path(FOLDER.name)))
BILLING = SiteBilling(Store(SETTINGS.database_url), SETTINGS, SetClock(NOON))
SCHEMA = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json",
    on_this_machine(create_app(ports_with(BILLING, SetClock(NOON), []))),
    headers={"host": "localhost"},
)


@SCHEMA.include(path_regex="/billing/").parametrize()
@UNHURRIED
def test_whatever_is_asked_of_billing_is_answered_as_documented(case: Case[Any]) -> None:
    call_and_validate(case, host="localhost")
