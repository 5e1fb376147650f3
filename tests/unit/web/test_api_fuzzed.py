"""The API tried by its own description: no 5xx, and no answer that is not documented."""

from typing import Any

import schemathesis
from schemathesis import Case
from schemathesis.specs.openapi.checks import unsupported_method

from bcm_mqtt.web import create_app
from unit.builders import UNHURRIED
from unit.web.conftest import SMALL, page_of

PAGE = page_of()
PAGE.shows(SMALL, *[1000] * 48)
SCHEMA = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", create_app(PAGE.ports), headers={"host": "localhost"}
)


# A stream of events has no end.
@SCHEMA.exclude(path_regex="^/events/").parametrize()
@UNHURRIED
def test_whatever_is_asked_is_answered_as_documented(case: Case[Any]) -> None:
    # The guard looks at a body before there is a route that could say 405.
    case.call_and_validate(headers={"host": "localhost"}, excluded_checks=[unsupported_method])
