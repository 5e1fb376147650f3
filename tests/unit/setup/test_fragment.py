"""The configuration that a scan prints: only what is not the default, whatever the names are."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.modbus import Framing, Parity, Serial, Tcp
from bcm_mqtt.modbus.recognition import Candidate, Certainty
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.profiles import shipped_profiles
from bcm_mqtt.setup.fragment import (
    ScannedGateway,
    circuits_template,
    document,
)
from bcm_mqtt.setup.fragment import (
    fragment as configuration,
)
from unit.config.site_files import link_of, only


def found(
    unit: int,
    *names: str,
    certainty: Certainty = Certainty.PLAUSIBLE,
    implausible: tuple[str, ...] = (),
) -> ScannedUnit:
    return ScannedUnit(
        unit,
        tuple(Candidate(shipped_profiles()[name], certainty, 1, implausible, {}) for name in names),
    )


def fragment(link: Tcp | Serial, timeout_ms: int, units: Sequence[ScannedUnit]) -> str:
    return configuration([ScannedGateway("gateway-1", link, timeout_ms, units)])


def gateway(link: Tcp | Serial, timeout_ms: int = 300) -> str:
    (line,) = [line for line in fragment(link, timeout_ms, []).splitlines() if "gateway-1" in line]
    return line.removeprefix("  gateway-1: ")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (Tcp("10.0.0.21", 502), "{host: 10.0.0.21, port: 502}"),
        (Tcp("gw", 1502, Framing.RTU), "{host: gw, port: 1502, framing: rtu}"),
        (Serial("/dev/ttyUSB0"), "{serial: /dev/ttyUSB0}"),
        (
            Serial("/dev/ttyUSB0", 9600, Parity.NONE, 2),
            "{serial: /dev/ttyUSB0, baudrate: 9600, parity: none, stop_bits: 2}",
        ),
        (Serial("/dev/a b, {c}: d"), '{serial: "/dev/a b, {c}: d"}'),
    ],
)
def test_a_gateway_has_the_settings_that_are_not_the_default(
    link: Tcp | Serial, expected: str
) -> None:
    assert gateway(link) == expected


def test_a_time_out_above_the_default_is_kept() -> None:
    assert gateway(Tcp("gw", 502), 500) == "{host: gw, port: 502}"
    assert gateway(Tcp("gw", 502), 2000) == "{host: gw, port: 502, timeout: 2000ms}"


@pytest.mark.parametrize(
    "link", [Tcp("gw", 502), Serial("/dev/pci-0000:00:14.0 {odd}, name: #1", 9600)]
)
def test_the_loader_takes_every_fragment(tmp_path: Path, link: Tcp | Serial) -> None:
    file = tmp_path / "bcm.yaml"
    file.write_text(
        fragment(
            link,
            1000,
            [
                *(found(unit, "bg08") for unit in range(1, 9)),
                found(9),
                found(10, "em24", "sdm630", certainty=Certainty.EMPTY),
                found(11, "powerscout18", implausible=("a voltage of 1 V",)),
            ],
        )
    )
    settings = load(file)
    assert list(settings.panels) == ["panel-1", "panel-2"]
    configured = link_of(settings.gateways["gateway-1"])
    assert getattr(configured, "device", None) == getattr(link, "device", None)


def test_what_is_not_sure_stands_above_the_panel_once_for_all_its_units() -> None:
    text = fragment(
        Tcp("gw", 502),
        300,
        [
            found(unit, "bg08", certainty=Certainty.EMPTY if unit > 2 else Certainty.PLAUSIBLE)
            for unit in range(1, 9)
        ]
        + [found(9, "em24", certainty=Certainty.IDENTIFIED, implausible=("a voltage of 1 V",))],
    )
    empty = "all registers are 0: nothing is connected, or it is something else"
    assert text.splitlines()[4:] == [
        f"  # unit ids 3, 4, 5, 6, 7, 8: {empty}",
        "  panel-1: {gateway: gateway-1, profile: bg08, unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]}",
        "  # unit id 9: fits em24 but for a voltage of 1 V",
        "  panel-2: {gateway: gateway-1, profile: em24, unit_ids: [9]}",
    ]


def test_several_as_likely_are_named_and_that_of_the_others_is_taken() -> None:
    text = fragment(
        Tcp("gw", 502),
        300,
        [found(1, "em24", "sdm630"), found(2, "sdm630"), found(3, "em24", "e30")],
    )
    assert text.splitlines()[4:] == [
        "  # unit id 1: just as likely em24",
        "  panel-1: {gateway: gateway-1, profile: sdm630, unit_ids: [1]}",
        "  panel-2: {gateway: gateway-1, profile: sdm630, unit_ids: [2]}",
        "  # unit id 3: just as likely e30",
        "  panel-3: {gateway: gateway-1, profile: em24, unit_ids: [3]}",
    ]


def test_where_a_sunspec_meters_block_begins_is_a_parameter(tmp_path: Path) -> None:
    profile = replace(shipped_profiles()["sunspec-meter"], start=40_188)
    unit = ScannedUnit(1, (Candidate(profile, Certainty.IDENTIFIED, 8, (), {}),))
    text = fragment(Tcp("gw", 502), 300, [unit, found(2, "sunspec-meter")])
    settings = "gateway: gateway-1, profile: sunspec-meter, unit_ids"
    assert text.splitlines()[4:] == [
        f"  panel-1: {{{settings}: [1], parameters: {{start: 40188}}}}",
        f"  panel-2: {{{settings}: [2]}}",
    ]
    (tmp_path / "bcm.yaml").write_text(text)
    loaded = load(tmp_path / "bcm.yaml").panels
    rows = [only(panel).profile.rows()[0] for panel in loaded.values()]
    assert [row.address for row in rows] == [40_191, 40_072]


SEVERAL = [
    ScannedGateway("gateway-1", Tcp("gw", 502), 300, [found(unit, "bg08") for unit in range(1, 9)]),
    ScannedGateway("gateway-3", Serial("/dev/ttyUSB0"), 300, [found(1, "sdm630"), found(2)]),
]


def test_several_gateways_make_one_configuration_with_a_row_for_every_pole(tmp_path: Path) -> None:
    (tmp_path / "bcm.yaml").write_text(configuration(SEVERAL))
    (tmp_path / "circuits.csv").write_text(circuits_template(SEVERAL))
    settings = load(tmp_path / "bcm.yaml")
    assert {key: only(panel).gateway for key, panel in settings.panels.items()} == {
        "panel-1": "gateway-1",
        "panel-2": "gateway-3",
    }
    rows = (tmp_path / "circuits.csv").read_text().splitlines()
    assert len(rows) == 1 + 48 + 3
    assert rows[-1] == "panel-2,5,,,,,,"
    circuits = settings.directories["panel-1"].versions
    assert [version.poles for version in circuits] == [(pole,) for pole in range(1, 49)]


def test_programs_get_every_unit_that_answered() -> None:
    made = document(SEVERAL)
    assert made["gateways"] == {
        "gateway-1": {"host": "gw", "port": 502},
        "gateway-3": {"serial": "/dev/ttyUSB0"},
    }
    panel = {"gateway": "gateway-3", "profile": "sdm630", "unit_ids": [1], "poles": [1, 3, 5]}
    assert isinstance(made["panels"], dict)
    assert made["panels"]["panel-2"] == panel
    assert isinstance(made["units"], list)
    assert made["units"][-1] == {"gateway": "gateway-3", "unit": 2, "candidates": []}
