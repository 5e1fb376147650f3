"""A BG08 panel and the meter of its main behind one gateway: live power at the voltage of now."""

from pathlib import Path

from peers.mosquitto import Mosquitto
from peers.process import wait_until
from peers.recorded_meters import RecordedMeters
from peers.site import Site
from unit.modbus.recorded_meter import registers
from unit.profiles.register_fixtures import FIXTURES

UNIT = 40
VOLTS, POWER_FACTORS = 0, 30
"""First input registers of the three phases' floats (profile sdm630)."""
FLOATS = {118.0: (0x42EC, 0), 122.0: (0x42F4, 0), 0.875: (0x3F60, 0)}


def test_the_published_power_and_that_of_read_follow_the_companion(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    units = {UNIT: registers(FIXTURES["sdm630"])}

    def show(first: int, value: float) -> None:
        for phase in range(3):
            high, low = FLOATS[value]
            units[UNIT][4, first + 2 * phase] = high
            units[UNIT][4, first + 2 * phase + 1] = low

    for unit in range(1, 9):
        units[unit] = {(3, 501 + channel): 100 for channel in range(6)}
    show(VOLTS, 118.0)
    show(POWER_FACTORS, 0.875)
    with (
        RecordedMeters(units) as meters,
        Site(tmp_path / "site", mosquitto.port, meters.port) as of,
    ):
        text = of.config.read_text()
        named = text.replace(
            "service: 120/208}",
            "service: 120/208, voltage_from: main, power_factor_from: main}\n"
            f"  main: {{gateway: gw, profile: sdm630, service: 120/208, unit_ids: [{UNIT}]}}",
        )
        of.config.write_text(named)
        (first, *_) = of.json("read", "rpp-1a")
        assert (first["panel"], first["amps"], first["watts"]) == ("rpp-1a", 10.0, 1032)
        bridge = of.start("bridge")
        topic = "bcm/rpp-1a/circuit/1/power"

        def published() -> str:
            return mosquitto.retained(topic).get(topic, "")

        wait_until(lambda: published() == "1032", 60, bridge.said)  # 118 V x 10 A x 0.875
        show(VOLTS, 122.0)
        wait_until(lambda: published() == "1068", 60, bridge.said)
        del units[UNIT]
        wait_until(lambda: published() == "1200", 60, bridge.said)
        assert "Traceback" not in bridge.said()
        assert of.json("read", "rpp-1a")[0]["watts"] == 1200
