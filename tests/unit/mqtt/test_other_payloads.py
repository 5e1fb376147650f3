"""Plain numbers and the bridge's info."""

import json
from dataclasses import replace

import pytest

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    GatewayReport,
    OutboxReport,
    PanelReport,
    PayloadError,
    RecorderReport,
    SiteReport,
    UnitId,
    UnitReport,
    decode_info,
    encode_info,
    number,
)
from unit.builders import NOON


@pytest.mark.parametrize(
    ("value", "decimals", "payload"),
    [
        (12.34, 1, b"12.3"),
        (12, 1, b"12.0"),
        (1475.6, 0, b"1476"),
        (891.6, 3, b"891.600"),
        (0.0, 0, b"0"),
        (1e9, 1, b"1000000000.0"),
        (1e-9, 1, b"0.0"),
    ],
)
def test_a_number_is_plain_and_has_its_decimals(
    value: float, decimals: int, payload: bytes
) -> None:
    assert number(value, decimals) == payload


REPORT = BridgeReport(
    version="0.1.0",
    bridge="main",
    site=SiteReport("dc1", "Zürich", "Europe/Zurich"),
    time=NOON,
    panels={"rpp-1a": PanelReport("RPP 1A", "babel-1", answering=None)},
    configuration_problem="bcm.yaml:3: unknown key",
    directory_problem=None,
    outbox=OutboxReport(
        waiting=3,
        dropped=1,
        disk_fails=False,
        recorders=(RecorderReport("dc1", online=True),),
        size=4096,
        limit=10_000,
        lasts_s=3600,
        lost=(LostSpan("rpp-1a", "", NOON, NOON, 1, "there was no room"),),
    ),
    gateways={
        "babel-1": GatewayReport(
            connected=True,
            reachable=False,
            silent_units=(4,),
            connections=3,
            failures=1,
            overruns=5,
            last_answer=NOON,
            last_error="connection lost",
            units={UnitId(4): UnitReport(15.7, 2, 1, None, "no answer in time")},
        )
    },
)


def test_the_info_carries_its_version_and_is_utf_8() -> None:
    payload = encode_info(REPORT)
    assert payload.decode() == (
        '{"v":1,"version":"0.1.0","bridge":"main",'
        '"site":{"id":"dc1","name":"Zürich","time_zone":"Europe/Zurich"},'
        '"time":"2026-11-20T12:00:00.000Z",'
        '"panels":{"rpp-1a":{"name":"RPP 1A","gateway":"babel-1","answering":null}},'
        '"configuration_problem":"bcm.yaml:3: unknown key","directory_problem":null,'
        '"outbox":{"waiting":3,"dropped":1,"disk_fails":false,'
        '"recorders":[{"name":"dc1","online":true}],"size":4096,"limit":10000,"lasts_s":3600,'
        '"lost":[{"panel":"rpp-1a","source":"","first":"2026-11-20T12:00:00.000Z",'
        '"last":"2026-11-20T12:00:00.000Z","snapshots":1,"cause":"there was no room"}],'
        '"damaged":"","runs_short":false},'
        '"gateways":{"babel-1":{"connected":true,"reachable":false,"silent_units":[4],'
        '"connections":3,"failures":1,"overruns":5,"last_answer":"2026-11-20T12:00:00.000Z",'
        '"last_error":"connection lost","units":{"4":{"round_trip_ms":15.7,"failures":2,'
        '"silent_in_a_row":1,"last_answer":null,"last_error":"no answer in time"}}}},'
        '"boot":"","uptime_s":0.0,"deadlines":false,'
        '"clock":{"steps":0,"step_s":0.0,"stepped":null,"behind_s":0.0},"names":false}'
    )


def test_the_info_of_an_earlier_release_lacks_its_clock() -> None:
    body = json.loads(encode_info(replace(REPORT, boot="5f1c", uptime_s=7.5)))
    assert decode_info(json.dumps(body).encode()).uptime_s == 7.5
    del body["boot"], body["uptime_s"], body["clock"], body["outbox"]["runs_short"]
    assert decode_info(json.dumps(body).encode()) == REPORT


def test_an_info_is_read_as_it_was_written() -> None:
    assert decode_info(encode_info(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outbox": {"waiting": 1, "dropped": 0}}, "outbox: disk_fails: expected true or false, "),
        ({"outbox": 7}, "outbox: expected an object, not 7"),
        ({"panels": []}, "panels: expected an object, not []"),
        ({"gateways": {"gw": {"connected": True}}}, "gateways: reachable: expected true or fal"),
        ({"version": None}, "version: expected a text, not None"),
        ({"time": "soon"}, "time: expected a time, not 'soon'"),
    ],
)
def test_what_cannot_be_in_an_info_is_named(changes: dict[str, object], reason: str) -> None:
    body = {**json.loads(encode_info(REPORT)), **changes}
    with pytest.raises(PayloadError) as refused:
        decode_info(json.dumps(body).encode())
    assert str(refused.value).startswith(reason)
