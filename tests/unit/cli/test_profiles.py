"""`profiles` and `profiles show`."""

import json
from pathlib import Path

from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.profiles.mqtt import shipped_mqtt_profiles
from bcm_mqtt.profiles.snmp import agent_profiles
from unit.cli.conftest import Run

KEYS = [
    "pole",
    "meter",
    "channel",
    "device_id",
    "unit_offset",
    "register",
    "address",
    "function_code",
    "modicon",
]


def test_a_meter_of_many_quantities_has_a_row_for_each(run: Run) -> None:
    rows = json.loads(run("profiles", "show", "e30", "--format", "json").out)
    assert len(rows) == 42 * 4
    assert list(rows[0]) == [*KEYS, "quantity", "type", "word_order", "scale", "scaled_by"]
    assert list(rows[1].values())[5:] == [
        *[1252, 1251, 3, 41252, "power", "int16", "high-first", "1000", "exponent_register 1042"]
    ]


def test_the_list_names_every_profile_and_its_quantities(run: Run) -> None:
    output = run("profiles").out
    shipped = [*shipped_profiles(), *shipped_mqtt_profiles(), *agent_profiles()]
    assert all(name in output for name in shipped)
    assert "current, power, energy, voltage" in output


def test_a_file_is_shown_before_it_is_used(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "id: own\ntitle: Own\nsource: its manual\nfunction_code: 4\naddressing: wire\n"
        "power: {type: uint16, scale: 1, first_register: 5}\npoles: 2\n"
    )
    rows = json.loads(run("profiles", "show", str(file), "--format", "json").out)
    assert [(row["register"], row["function_code"]) for row in rows] == [(5, 4), (6, 4)]


def test_an_unknown_name_is_refused_with_those_that_are_known(run: Run) -> None:
    ran = run("profiles", "show", "bg8")
    assert ran.status == 2
    assert "expected one of apc-rpdu2, bg08, countis-e34" in ran.err


def test_a_device_that_reports_over_mqtt_has_a_row_for_each_value(run: Run) -> None:
    rows = json.loads(run("profiles", "show", "tasmota", "--format", "json").out)
    assert [row["quantity"] for row in rows] == [
        *("current", "power", "energy", "voltage", "power_factor", "reactive_power"),
        "apparent_power",
    ]
    assert rows[2] == {
        "channel": 1,
        "quantity": "energy",
        "topic": "{prefix}/{topic}/SENSOR",
        "path": "ENERGY.Total.0 or ENERGY.Total",
        "scale": "1 kWh",
    }


def test_a_rack_pdu_has_a_row_for_each_quantity_of_a_table(run: Run) -> None:
    rows = json.loads(run("profiles", "show", "sentry4", "--format", "json").out)
    assert rows[0] == {
        "table": "outlets",
        "quantity": "current",
        "oid": "1.3.6.1.4.1.1718.4.1.8.3.1.3.{unit}.{cord}.{n}",
        "scale": "0.01 A",
        "digits": "",
    }
    assert {row["table"] for row in rows} == {"outlets", "branches", "phases"}
