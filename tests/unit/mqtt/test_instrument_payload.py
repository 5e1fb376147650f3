"""Instruments in JSON: rows of directories and changes of requests, the same both ways."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME, InstrumentField, InstrumentValue
from bcm_mqtt.mqtt.payloads import (
    ChangeInstruments,
    ExchangeMeters,
    PayloadError,
    Request,
    decode_directory,
    decode_request,
    encode_directory,
    encode_request,
)
from unit.builders import NEW_YORK, NOON, directory

ROWS = (
    Instrument((1,), valid_from=NOON, serial="B-2", multiplier=Fraction(1, 3), sign=-1),
    Instrument(
        (1, 3),
        unit_id=7,
        maker="Acme",
        model="X1",
        serial="A, 1",
        meter_class="B",
        ct_class="0.5",
        ct_rating_amps=Decimal(100),
        multiplier=Fraction(2),
        approval="MID B",
        approval_until=date(2030, 12, 31),
        last_test=date(2026, 1, 31),
    ),
    Instrument(
        (1, 3),
        unit_id=7,
        valid_from=NOON,
        last_reading_kwh=(Decimal("12.50"), Decimal(3)),
        first_reading_kwh=(Decimal(0), Decimal(0)),
    ),
)
SENT = replace(directory(), instruments=ROWS)


def body_of(sent: Directory) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_directory(sent))
    return body


def test_a_directory_without_instruments_says_nothing_of_them() -> None:
    assert "instruments" not in body_of(replace(SENT, instruments=()))


def test_rows_carry_their_poles_their_unit_and_what_they_say() -> None:
    rows = body_of(SENT)["instruments"]

    assert rows[0] == {
        "poles": [1],
        "unit_id": None,
        "valid_from": "2026-11-20T12:00:00.000Z",
        "serial": "B-2",
        "multiplier": "1/3",
        "sign": "-1",
    }
    assert (rows[1]["unit_id"], rows[1]["poles"], rows[1]["serial"]) == (7, [1, 3], "A, 1")
    assert rows[2]["last_reading"] == "12.50+3"


def test_rows_come_back_as_they_were() -> None:
    assert decode_directory(encode_directory(SENT), "rpp-1a").instruments == ROWS
    mixed = replace(SENT, instruments=tuple(reversed(ROWS)))
    assert encode_directory(mixed) == encode_directory(SENT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"multiplier": 2}, "instruments: expected a list of instruments"),
        ({"sign": "3"}, "instruments: expected a list of instruments"),
        ({"poles": []}, "instruments: expected a list of instruments"),
        ({"poles": [99]}, "instruments: poles: pole 99 is not on panel rpp-1a"),
        ({"poles": [1, 3]}, "instruments: last_reading: 1 readings for poles 1+3"),
    ],
)
def test_a_row_that_cannot_be_refuses_the_directory(change: dict[str, Any], message: str) -> None:
    row = {"poles": [1], "unit_id": None, "valid_from": "2026-11-20T12:00:00.000Z"}
    body = body_of(directory())
    body["instruments"] = [{**row, "last_reading": "1", **change}]
    with pytest.raises(PayloadError) as error:
        decode_directory(json.dumps(body).encode(), "rpp-1a")
    assert str(error.value).startswith(message)


def decoded(action: str, **body: object) -> Request:
    return decode_request(action, json.dumps(body).encode(), NEW_YORK)


def test_an_exchange_takes_numbers_lists_and_texts() -> None:
    request = decoded(
        "exchange",
        panel="rpp-1a",
        unit_id=7,
        serial="B-2",
        last_reading=[12.5, 3],
        first_reading="0+0",
        valid_from="2026-11-20T12:00Z",
        transaction="x",
    )

    assert isinstance(request, ExchangeMeters)
    (change,) = request.changes
    assert (change.panel, change.unit_id, change.poles, change.exchange) == ("rpp-1a", 7, (), True)
    assert change.valid_from == NOON
    assert {item.name: value for item, value in change.values.items()} == {
        "serial": "B-2",
        "last_reading": (Decimal("12.5"), Decimal(3)),
        "first_reading": (Decimal(0), Decimal(0)),
    }


def test_requests_come_back_as_they_were() -> None:
    values: dict[InstrumentField, InstrumentValue] = {
        BY_NAME["multiplier"]: Fraction(4, 3),
        BY_NAME["sign"]: -1,
    }
    change = InstrumentChange("rpp-1a", values, poles=(1, 3), valid_from=NOON)
    for request, action in (
        (ChangeInstruments((change, change)), "meter"),
        (ExchangeMeters((replace(change, exchange=True),)), "exchange"),
    ):
        assert decode_request(action, encode_request(request, "t1"), NEW_YORK) == request


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "nothing to change: expected one of maker, model"),
        ({"serial": "B-2", "ratio": 2}, "ratio: unknown key, expected one of approval"),
        ({"sign": 0}, "sign: expected 1 or -1, not '0'"),
        ({"last_reading": [1, "x"]}, "last_reading: expected kWh such as"),
        ({"serial": {}}, "serial: expected a text or a number"),
        ({"serial": "B", "poles": "1"}, "poles: expected a list of poles"),
        ({"serial": "B", "valid_from": "soon"}, "valid_from: expected a date, a time or null"),
        ({"serial": "B", "panel": 1}, "panel: expected a panel's id"),
    ],
)
def test_a_request_that_cannot_be_read_says_what_was_expected(
    body: dict[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError) as error:
        decoded("exchange", **{"panel": "rpp-1a", **body})
    assert str(error.value).startswith(message)
