"""The past in the API, tried by its own description over a database that has one."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from bcm_mqtt.web import create_app
from unit.builders import UNHURRIED
from unit.web.conftest import on_this_machine, page_of
from unit.web.past import store_past

# Read when the module is, before any fixture: the cases are made of the description.
FOLDER = tempfile.TemporaryDirectory(prefix="bcm-mqtt-past-")
STORE = store_past(Path(FOLDER.name) / "bcm.db")
SCHEMA = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json",
    on_this_machine(create_app(replace(page_of().ports, past=STORE))),
    headers={"host": "localhost"},
)


@SCHEMA.include(path_regex="/(history|history.csv|week)$").parametrize()
@UNHURRIED
def test_whatever_is_asked_of_the_past_is_answered_as_documented(case: Case[Any]) -> None:
    # What there is is found seldom by chance.
    for name, known in (("panel", "rpp-1a"), ("pole", 1), ("customer", "Acme")):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known
    # A text can be no time, and a time can be before another, which the description cannot say.
    # And what was wrong of the path is right by now.
    unsaid = [unsupported_method, positive_data_acceptance, negative_data_rejection]
    case.call_and_validate(headers={"host": "localhost"}, excluded_checks=unsaid)
