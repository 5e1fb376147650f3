"""A quantity is one declaration: what derives from it fits it."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.mqtt.payloads import PayloadError, decode_snapshot, encode_snapshot
from bcm_mqtt.store.tables import metadata

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTHING = Snapshot("p", NOON, 1, 1000, (None,))
OTHERS = {"panel", "source", "poles", "time", "seq", "interval_ms", "errors"}


def test_a_snapshot_and_its_table_have_each_quantity_in_the_same_order() -> None:
    assert [field.name for field in fields(Snapshot) if field.name not in OTHERS] == [*Quantity]
    columns = metadata.tables["snapshot"].columns.keys()
    assert [name for name in columns if name not in OTHERS] == [*Quantity]


def read(quantity: Quantity, thousandths: int) -> Snapshot:
    values: dict[str, Any] = {quantity.value: (thousandths,)}
    return replace(NOTHING, **values)


@pytest.mark.parametrize("quantity", Quantity)
def test_its_largest_value_is_published_and_one_more_is_not(quantity: Quantity) -> None:
    made = read(quantity, quantity.most)
    assert made.says_anything()
    assert decode_snapshot(encode_snapshot(made), "p") == made
    beyond = read(quantity, quantity.most + 1)
    with pytest.raises(PayloadError, match=quantity.value):
        decode_snapshot(encode_snapshot(beyond), "p")


def test_only_power_and_energy_take_64_bits() -> None:
    wide = {quantity for quantity in Quantity if quantity.wide}
    assert wide == {
        Quantity.POWER,
        Quantity.ENERGY,
        Quantity.REACTIVE_POWER,
        Quantity.APPARENT_POWER,
    }
