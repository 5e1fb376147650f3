"""Directories: every revision is kept, and the latest one is what holds."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.mqtt.payloads import decode_directory, encode_directory
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER, circuit, directory, panel
from unit.store.rows import rows

FULL = Directory(
    replace(
        panel("rpp-1a", "277/480", power_factor="0.95", unmonitored=[48, 7]),
        main_rating=225,
        feed="A",
        redundant_with="rpp-1b",
        valid_from=NOON,
        valid_to=NOON + QUARTER,
    ),
    (
        CircuitVersion((1,), "Customer1-A-1", 20),
        CircuitVersion(
            (1,), "Bürø 'two'; DROP TABLE panel", None, customer="acme", valid_from=NOON
        ),
        CircuitVersion((1,), connection=Connection.NONE, valid_from=NOON + QUARTER),
        CircuitVersion((2, 4, 6), "", 30, Connection.DELTA, power_factor=Decimal("0.875")),
    ),
    (
        Instrument(
            (1,), valid_from=NOON, ct_rating_amps=Decimal(100), last_reading_kwh=(Decimal("1.50"),)
        ),
        Instrument((1, 3), unit_id=7, serial="A, 1", multiplier=Fraction(1, 3), sign=-1),
    ),
)


def add(store: Store, sent: Directory, received: datetime = NOON) -> bool:
    return store.directories.add(sent, encode_directory(sent), received)


def test_a_directory_comes_back_as_it_was(store: Store) -> None:
    assert add(store, FULL)
    assert store.directories.all() == {"rpp-1a": FULL}


@pytest.mark.parametrize(
    "version",
    FULL.versions,
    ids=["as it always was", "from an instant on", "out of service", "of three poles"],
)
def test_a_version_comes_back_with_its_instant_and_power_factor(
    store: Store, version: CircuitVersion
) -> None:
    sent = Directory(FULL.panel, (version,))
    add(store, sent)
    (found,) = store.directories.all()["rpp-1a"].versions
    assert found == version
    assert str(found.power_factor) == str(version.power_factor)


def test_valid_from_is_kept_to_the_millisecond(store: Store) -> None:
    instant = NOON + timedelta(milliseconds=123)
    add(store, directory(circuit(valid_from=instant)))
    assert store.directories.all()["rpp-1a"].versions[0].valid_from == instant


def test_what_arrives_over_mqtt_is_stored_as_it_was_sent(store: Store) -> None:
    payload = encode_directory(FULL)
    store.directories.add(decode_directory(payload, "rpp-1a"), payload, NOON)
    assert store.directories.all() == {"rpp-1a": FULL}


def test_a_panel_without_circuits_is_stored(store: Store) -> None:
    add(store, directory())
    assert store.directories.all() == {"rpp-1a": directory()}


def test_a_new_revision_takes_the_place_of_the_one_before(store: Store) -> None:
    add(store, FULL)
    smaller = directory(circuit((3, 5)), of=panel("rpp-1a", poles=12))
    assert add(store, smaller)
    assert store.directories.all() == {"rpp-1a": smaller}


def test_a_panels_directory_changes_no_other_panels(store: Store) -> None:
    other = directory(circuit((1,), "Customer2-B-1"), of=panel("rpp-1b"))
    add(store, FULL)
    add(store, other)
    add(store, directory())
    assert store.directories.all() == {"rpp-1a": directory(), "rpp-1b": other}


def test_the_latest_revision_sent_again_is_no_new_one(store: Store) -> None:
    assert [add(store, FULL), add(store, FULL), add(store, directory()), add(store, FULL)] == [
        True,
        False,
        True,
        True,
    ]
    assert rows(store, "SELECT count(*) FROM directory_revision") == [(3,)]


def test_a_revision_keeps_its_payload_its_digest_and_when_it_came(store: Store) -> None:
    payload = encode_directory(FULL)
    add(store, FULL, NOON + QUARTER)
    query = "SELECT panel, received, sha256, payload FROM directory_revision"
    ((name, received, digest, kept),) = rows(store, query)
    assert (name, received) == ("rpp-1a", (NOON + QUARTER).timestamp() * 1000)
    assert kept.encode() == payload
    assert digest == sha256(payload).hexdigest()
    assert json.loads(kept)["v"] == 1


def test_panels_come_in_the_order_of_their_ids(store: Store) -> None:
    for name in ("rpp-2a", "rpp-1a", "rpp-1b"):
        add(store, directory(of=panel(name)))
    assert list(store.directories.all()) == ["rpp-1a", "rpp-1b", "rpp-2a"]


def test_a_correction_of_the_past_is_a_revision_like_any_other(store: Store) -> None:
    known = circuit(description="Customer1-A-1")
    changed_hands = circuit(description="Customer2-A-1", valid_from=NOON)
    earlier = circuit(description="Customer2-A-1", valid_from=NOON - 96 * QUARTER)
    arrived = [directory(known), directory(known, changed_hands), directory(known, earlier)]
    for number, sent in enumerate(arrived):
        assert add(store, sent, NOON + number * QUARTER)
    assert store.directories.all() == {"rpp-1a": arrived[-1]}
    found = store.directories.revisions("rpp-1a")
    assert [decode_directory(item.payload.encode(), "rpp-1a") for item in found] == arrived
    assert [item.received for item in found] == [NOON + number * QUARTER for number in range(3)]
    assert len({item.sha256 for item in found}) == 3
    assert store.directories.revisions("rpp-9z") == []
