"""Answers held against what the API says of itself."""

from typing import Any

from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

LINE = "expected one line without control characters"


def call_and_validate(case: Case[Any], **headers: str) -> None:
    """Asks as described; that texts are lines is said of all of them at once, not of each.

    The guard looks at a body before there is a route that could say 405.
    """
    answer = case.call(headers=headers)
    excluded: list[Any] = [unsupported_method]
    said = answer.json().get("fields", {}) if answer.status_code == 422 else {}
    if said and set(said.values()) == {LINE}:
        excluded.append(positive_data_acceptance)
    case.validate_response(answer, headers=headers, excluded_checks=excluded)
