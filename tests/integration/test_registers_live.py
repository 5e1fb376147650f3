"""Live counters of energy registers that fall and jump, as the broker gets them."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME, InstrumentField, InstrumentValue
from bcm_mqtt.mqtt.payloads import ExchangeMeters, encode_request
from peers.live_bridge import (
    EVENT,
    EXCHANGED_AT,
    LAST_KWH,
    NEW_WH,
    OLD_WH,
    PLACES,
    POLL_WH,
    POLLS,
    Places,
    exchanged,
    exchanged_for,
    live_bridge,
)
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until


@pytest.fixture
def listener(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Process]:
    with mosquitto.listening("bcm/+/circuit/+/energy", tmp_path / "sub.log") as listening:
        yield listening


def heard(listener: Process, places: Places) -> dict[tuple[str, int], list[float]]:
    """Counters in kWh in the order in which they came, by panel and pole."""
    found: dict[tuple[str, int], list[float]] = {place: [] for place in places}
    for line in listener.said().splitlines():
        topic, _, kwh = line.partition(" ")
        _, panel, _, pole, _ = topic.split("/")
        found[panel, int(pole)].append(float(kwh))
    return found


async def test_a_published_counter_never_falls_and_ends_right_whatever_its_register_does(
    mosquitto: Mosquitto, listener: Process, tmp_path: Path
) -> None:
    async with live_bridge(mosquitto, tmp_path, PLACES) as live:
        for poll in range(POLLS + 1):
            await live.poll(poll)
        retained = await asyncio.to_thread(mosquitto.retained, "bcm/+/circuit/+/energy")
    wait_until(lambda: all(heard(listener, PLACES).values()), 20, listener.said)
    used_kwh = POLLS * POLL_WH / 1000
    for (panel, pole), came in heard(listener, PLACES).items():
        name = PLACES[panel, pole].__name__
        assert came == sorted(came), name
        assert len(set(came)) > POLLS // 2, name  # it was seen to count
        last = float(retained[f"bcm/{panel}/circuit/{pole}/energy"])
        assert last == pytest.approx(used_kwh, abs=POLL_WH / 1000 + 0.001), name


FIRST_KWH = {pole: Decimal(kwh) for pole, kwh in ((1, "700.25"), (3, "0"), (5, "90000.5"))}
"""First readings of the new meters: an unexplained fall, a reset and an unexplained jump."""
EXCHANGED: Places = {
    (panel, pole): exchanged_for(kwh) for panel in ("one", "two") for pole, kwh in FIRST_KWH.items()
}


@pytest.mark.parametrize("entered", [EVENT, EVENT + 8], ids=["at once", "after 40 minutes"])
async def test_a_counter_goes_on_over_an_exchange_by_what_both_meters_counted(
    mosquitto: Mosquitto, listener: Process, tmp_path: Path, entered: int
) -> None:
    async with live_bridge(mosquitto, tmp_path, EXCHANGED) as live:
        for poll in range(entered):
            await live.poll(poll)
        for pole, first_kwh in FIRST_KWH.items():
            await asyncio.to_thread(exchanged, live.config, "one", pole, first_kwh)
        by_request(mosquitto, as_a_program_writes_it(1))
        by_request(mosquitto, as_the_page_writes_it(3))
        by_request(mosquitto, as_a_program_writes_it(5))
        directory = live.bridge._directory
        await asyncio.to_thread(
            wait_until,
            lambda: [len(of.instruments) for of in directory.panels.values()] == [3, 3],
            20,
        )
        for poll in range(entered, POLLS + 1):
            await live.poll(poll)
        used = (POLLS - 1) * POLL_WH + OLD_WH + NEW_WH

        def last_wh() -> set[int]:
            retained = mosquitto.retained("bcm/+/circuit/+/energy")
            return {
                round(1000 * float(retained[f"bcm/{panel}/circuit/{pole}/energy"]))
                for panel, pole in EXCHANGED
            }

        # The last poll's may still be on its way to the broker.
        await asyncio.to_thread(wait_until, lambda: last_wh() == {used}, 20, lambda: str(last_wh()))
    wait_until(lambda: all(heard(listener, EXCHANGED).values()), 20, listener.said)
    for came in heard(listener, EXCHANGED).values():
        assert came == sorted(came)
        assert round(1000 * came[-1]) <= used


def as_a_program_writes_it(pole: int) -> bytes:
    return json.dumps(
        {
            "transaction": pole,
            "panel": "two",
            "poles": [pole],
            "valid_from": EXCHANGED_AT.isoformat(),
            "last_reading": float(LAST_KWH),
            "first_reading": float(FIRST_KWH[pole]),
        }
    ).encode()


def as_the_page_writes_it(pole: int) -> bytes:
    values: dict[InstrumentField, InstrumentValue] = {
        BY_NAME["serial"]: f"N-{pole}",
        BY_NAME["last_reading"]: (LAST_KWH,),
        BY_NAME["first_reading"]: (FIRST_KWH[pole],),
    }
    change = InstrumentChange("two", values, (pole,), valid_from=EXCHANGED_AT, exchange=True)
    return encode_request(ExchangeMeters((change,)), f"page-{pole}")


def by_request(broker: Mosquitto, payload: bytes) -> None:
    broker.publish("bcm/bridge/dc1/request/exchange", payload.decode())
