"""Profiles of devices that speak SNMP: what is refused, and how their registers begin again."""

from pathlib import Path

import pytest

from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles.snmp import load_agent_profile

GOOD = """\
id: acme
title: Acme
source: ACME-MIB
recognised_by: [1.3.6.1.4.1.99]
parameters: {unit: 1}
outlets:
  current: {oid: "1.3.6.1.4.1.99.1.{unit}.{n}", type: gauge32, scale: 0.01}
  energy: {oid: "1.3.6.1.4.1.99.2.{unit}.{n}", type: counter32, scale: 0.001}
"""


def loaded(folder: Path, text: str) -> Path:
    file = folder / "acme.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (".99.1.{unit}.{n}", ".99.1.{n", "outlets.current.oid: expected an object identifier"),
        (".99.1.{unit}.{n}", ".99.1.{unit}", "outlets.current.oid: expected {n} where the"),
        (".99.1.{unit}.{n}", ".99.1.{cord}.{n}", "outlets.current.oid: cord is none of param"),
        (".99.2.{unit}", ".99.1.{unit}", "outlets.energy.oid: is outlets.current already"),
        ("counter32", "uint32", "outlets.energy.type: expected one of counter32, counter64, "),
        ("scale: 0.01", "scale: -1", "outlets.current.scale: expected the value of one count"),
        ("outlets:", "sockets:", "sockets: unknown key: did you mean"),
        ("[1.3.6.1.4.1.99]", "[]", "recognised_by: expected at least one"),
        ("source: ACME-MIB\n", "", "source: is required"),
    ],
)
def test_a_mistake_of_a_profile_is_named(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as refused:
        load_agent_profile(loaded(tmp_path, GOOD.replace(old, new)))
    assert complaint in str(refused.value)


def test_a_profile_without_any_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one of outlets, branches, phases"):
        load_agent_profile(loaded(tmp_path, GOOD.partition("outlets:")[0]))


@pytest.mark.parametrize(
    ("kind", "highest"),
    [
        ("{type: counter32, scale: 0.001}", 2**32),
        ("{type: gauge32, scale: 0.1}", 100 * 2**32),
        ("{type: integer, scale: 0.001}", 2**31),
        ("{type: counter64, scale: 0.001}", 10**13),  # 2^64 Wh nobody counts
        ("{type: gauge32, scale: 0.001, capacity: 9999000}", 9_999_000),
    ],
)
def test_a_register_begins_again_where_its_type_ends(
    tmp_path: Path, kind: str, highest: int
) -> None:
    energy = GOOD.partition("  energy:")[0]
    oid = 'oid: "1.3.6.1.4.1.99.2.{n}", '
    text = energy + "  energy: " + kind.replace("{", "{" + oid, 1) + "\n"
    scale = load_agent_profile(loaded(tmp_path, text)).tables["outlets"].register_scale
    assert scale is not None
    assert scale.capacities_watt_hours[-1] == highest
