"""The API of billing tried by its own description: no 5xx, no answer that is not documented."""

from collections.abc import Iterator
from typing import Any

import pytest
from schemathesis import BaseSchema, Case

from bcm_mqtt.web import create_app
from unit.builders import NOON, SetClock
from unit.web.billing.conftest import ports_with, site_billing
from unit.web.billing.measured_site import write_measured_site
from unit.web.documented import call_and_validate, described, try_all


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """Of a site whose March is measured."""
    config = write_measured_site(tmp_path_factory.mktemp("fuzzed"))
    with site_billing(config, SetClock(NOON)) as billing:
        app = create_app(ports_with(billing, SetClock(NOON), []))
        yield described(app, host="localhost")


@pytest.mark.timeout(900)
def test_whatever_is_asked_of_billing_is_answered_as_documented(
    api: BaseSchema, subtests: pytest.Subtests
) -> None:
    def ask(case: Case[Any]) -> None:
        call_and_validate(case, host="localhost")

    try_all(api.include(path_regex="/billing/"), subtests, ask)
