"""The past in the API, tried by its own description over a database that has one."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from schemathesis import BaseSchema, Case
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from bcm_mqtt.web import create_app
from unit.web.conftest import page_of
from unit.web.documented import described, try_all
from unit.web.past import store_past


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    with closing(store_past(tmp_path_factory.mktemp("past") / "bcm.db")) as past:
        app = create_app(replace(page_of().ports, past=past))
        yield described(app, host="localhost")


@pytest.mark.timeout(900)
def test_whatever_is_asked_of_the_past_is_answered_as_documented(
    api: BaseSchema, subtests: pytest.Subtests
) -> None:
    def ask(case: Case[Any]) -> None:
        # What there is is found seldom by chance.
        for name, known in (("panel", "rpp-1a"), ("pole", 1), ("customer", "Acme")):
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = known
        # A text can be no time, and a time can be before another, which the description cannot say.
        # And what was wrong of the path is right by now.
        unsaid = [unsupported_method, positive_data_acceptance, negative_data_rejection]
        case.call_and_validate(headers={"host": "localhost"}, excluded_checks=unsaid)

    try_all(api.include(path_regex="/(history|history.csv|week)$"), subtests, ask)
