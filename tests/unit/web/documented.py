"""Answers held against what the API says of itself."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import BaseSchema, Case
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method
from starlette.types import ASGIApp

from unit.builders import UNHURRIED
from unit.web.conftest import on_this_machine

# Of a hundred operations: every run tries others, and a hundred of each took minutes.
TRIES = settings(UNHURRIED, max_examples=20)
LINE = "expected one line without control characters"


def described(app: ASGIApp, **headers: str) -> BaseSchema:
    """What the API of a page says of itself, to be asked with these headers."""
    return schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", on_this_machine(app), headers=headers
    )


def try_all(api: BaseSchema, subtests: pytest.Subtests, ask: Callable[[Case[Any]], None]) -> None:
    """Asks all cases of every operation, each operation a subtest.

    The schema's own `parametrize` makes the cases when tests are collected, in every worker: that
    takes each of them seconds and hundreds of megabytes.
    """
    tried = 0
    for found in get_all_tests(schema=api, test_func=ask, settings=TRIES, given_kwargs=None):
        assert isinstance(found, Ok), found.err()
        operation, test = found.ok()
        with subtests.test(operation.label):
            test()
        tried += 1
    assert tried > 0


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
