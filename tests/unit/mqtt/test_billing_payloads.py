"""Months to date, requests for bills and their responses."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from bcm_mqtt.domain.bill.months.month_to_date import MonthToDate
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Coverage
from bcm_mqtt.mqtt.payloads import (
    MonthRequest,
    PayloadError,
    decode_month_request,
    encode_month_to_date,
    encode_response,
)
from unit.builders import JSON_VALUES, UNHURRIED

MARCH = Month(2026, 3)
SO_FAR = MonthToDate(
    customer="Zürich/1",
    name="Zürich, Inc.",
    month=MARCH,
    start=datetime(2026, 3, 1, 5, tzinfo=UTC),
    as_of=datetime(2026, 3, 10, 12, 30, tzinfo=UTC),
    kwh=Decimal("891.600"),
    cost=Decimal("105.65"),
    currency="USD",
    coverage=Coverage(Decimal("200.25"), Decimal("14.75")),
)


def test_a_month_to_date_is_json_with_the_digits_of_the_bill() -> None:
    assert json.loads(encode_month_to_date(SO_FAR)) == {
        "v": 1,
        "customer": "Zürich/1",
        "name": "Zürich, Inc.",
        "period": "2026-03",
        "start": "2026-03-01T05:00:00.000Z",
        "as_of": "2026-03-10T12:30:00.000Z",
        "kwh": 891.6,
        "cost": 105.65,
        "currency": "USD",
        "priced_until": None,
        "awaited": [],
        "estimated_share": 0.0,
        "measured_hours": 200.25,
        "missing_hours": 14.75,
        "estimated_hours": 0.0,
        "peak": None,
        "last_month": None,
    }


def test_a_month_to_date_without_a_tariff_has_no_cost() -> None:
    unpriced = MonthToDate(
        "C", "C", MARCH, SO_FAR.start, SO_FAR.as_of, Decimal(1), None, "USD", SO_FAR.coverage
    )
    assert json.loads(encode_month_to_date(unpriced))["cost"] is None


@pytest.mark.parametrize(
    ("payload", "customer"),
    [
        (b'{"month":"2026-03"}', None),
        (b'{"month":"2026-03","customer":null,"transaction":{"a":1}}', None),
        (b'{"month":"2026-03","customer":"A/B","transaction":7}', "A/B"),
    ],
)
def test_a_request_names_a_month_and_perhaps_a_customer(
    payload: bytes, customer: str | None
) -> None:
    assert decode_month_request(payload) == MonthRequest(MARCH, customer)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "month: expected a month such as 2026-03, but it is missing"),
        (b"2026-03", "not JSON: b'2026-03'"),
        (b'"2026-03"', "expected a JSON object, not str"),
        (b'{"month":"2026-13"}', "month: expected a month such as 2026-03, not '2026-13'"),
        (b'{"month":202603}', "month: expected a month such as 2026-03, not 202603"),
        (b'{"month":"2026-03","customer":7}', "customer: expected a customer's id or null, not 7"),
        (b'{"month":"2026-03","customer":0}', "customer: expected a customer's id or null, not 0"),
        (
            b'{"month":"2026-03","costumer":"A"}',
            "costumer: unknown key, expected one of customer, month",
        ),
    ],
)
def test_a_request_that_is_wrong_is_refused_in_one_line(payload: bytes, reason: str) -> None:
    with pytest.raises(PayloadError) as caught:
        decode_month_request(payload)
    assert str(caught.value) == reason


@UNHURRIED
@given(JSON_VALUES, JSON_VALUES)
def test_whatever_is_asked_is_understood_or_refused(month: object, customer: object) -> None:
    body = json.dumps({"month": month, "customer": customer}).encode()
    try:
        decode_month_request(body)
    except PayloadError as error:
        assert "\n" not in str(error)  # noqa: PT017 - it need not be raised
        assert len(str(error)) < 250  # noqa: PT017


def test_a_response_holds_the_report_and_the_transaction() -> None:
    payload = encode_response("my-1", outcome={"report": {"month": "2026-03", "bills": []}})
    assert json.loads(payload) == {
        "status": "ok",
        "report": {"month": "2026-03", "bills": []},
        "transaction": "my-1",
    }
