"""Messages of devices as they publish them, for tests of profiles: worked by hand."""

from typing import Any

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.mqtt import MqttProfile, Reports

A, W, KWH = Quantity.CURRENT, Quantity.POWER, Quantity.ENERGY
V, PF, VAR, VA, HZ = (
    Quantity.VOLTAGE,
    Quantity.POWER_FACTOR,
    Quantity.REACTIVE_POWER,
    Quantity.APPARENT_POWER,
    Quantity.FREQUENCY,
)
TOPIC = "device-1"
_EM = {
    "id": 0,
    "a_current": 4.029,
    "a_voltage": 236.1,
    "a_act_power": 951.2,
    "a_aprt_power": 951.9,
    "a_pf": 1,
    "a_freq": 50,
    "b_current": 4.027,
    "b_voltage": 236.201,
    "b_act_power": -951.1,
    "b_aprt_power": 951.8,
    "b_pf": -1,
    "b_freq": 50,
    "c_current": 0.03,
    "c_voltage": 236.4,
    "c_act_power": 0,
    "c_aprt_power": 7.1,
    "c_pf": 0,
    "c_freq": 50,
    "n_current": 11.029,
    "total_current": 11.083,
    "total_act_power": 2484.7,
    "total_aprt_power": 2486.7,
}
_EM_VALUES = {
    (1, A): 4029,
    (1, V): 236_100,
    (1, W): 951_200,
    (1, VA): 951_900,
    (1, PF): 1000,
    (2, A): 4027,
    (2, V): 236_201,
    (2, W): -951_100,
    (2, VA): 951_800,
    (2, PF): -1000,
    (3, A): 30,
    (3, V): 236_400,
    (3, W): 0,
    (3, VA): 7100,
    (3, PF): 0,
    **{(pole, HZ): 50_000 for pole in (1, 2, 3)},
}
_EMDATA = {
    "id": 0,
    "a_total_act_energy": 12345.67,
    "a_total_act_ret_energy": 1,
    "b_total_act_energy": 0,
    "c_total_act_energy": 26289.44,
    "total_act": 38635.11,
}
_EMDATA_VALUES = {(1, KWH): 12_346, (2, KWH): 0, (3, KWH): 26_289}
_EM1 = {
    "id": 1,
    "current": 2.598,
    "voltage": 234.9,
    "act_power": 501.8,
    "aprt_power": 612.4,
    "pf": 0.84,
    "freq": 50,
    "calibration": "factory",
}
_SWITCH = {
    "id": 0,
    "source": "init",
    "output": True,
    "apower": 8.6,
    "voltage": 231.7,
    "current": 0.088,
    "aenergy": {"total": 13652.762, "by_minute": [0, 0, 0]},
    "temperature": {"tC": 56.3, "tF": 133.4},
}
_ENERGY = {
    "TotalStartTime": "2022-03-20T15:20:48",
    "Total": 514.153,
    "Yesterday": 1.495,
    "Today": 0.537,
    "Period": 0,
    "Power": 56,
    "ApparentPower": 92,
    "ReactivePower": 73,
    "Factor": 0.61,
    "Voltage": 234,
    "Current": 0.392,
}
_TWO = {
    "Total": [2.813, 0.254],
    "Power": [52, 5],
    "ApparentPower": [66, 10],
    "Voltage": 235,
    "ReactivePower": [40, 9],
    "Factor": [0.79, 0.5],
    "Current": [0.278, 0.044],
}


def notified(**status: object) -> dict[str, Any]:
    """A notification of a Shelly, as it comes at events/rpc."""
    params = {key.replace("_", ":"): value for key, value in status.items()}
    return {
        "src": "shelly-0123",
        "dst": "shelly-0123/events",
        "method": "NotifyStatus",
        "params": {"ts": 1_757_060_280.21, **params},
    }


Values = dict[tuple[int, Quantity], int]
WORKED: dict[str, list[tuple[str, Any, Values]]] = {
    "shelly-3em": [
        ("device-1/status/em:0", _EM, _EM_VALUES),
        ("device-1/status/emdata:0", _EMDATA, _EMDATA_VALUES),
        ("device-1/events/rpc", notified(em_0=_EM), _EM_VALUES),
        ("device-1/events/rpc", notified(emdata_0=_EMDATA), _EMDATA_VALUES),
        ("device-1/events/rpc", notified(em_0={"id": 0, "a_current": 5}), {(1, A): 5000}),
        ("device-1/events/rpc", notified(wifi={"rssi": -60}), {}),
    ],
    "shelly-em": [
        (
            *("device-1/status/em1:1", _EM1),
            {(2, A): 2598, (2, V): 234_900, (2, W): 501_800, (2, VA): 612_400}
            | {(2, PF): 840, (2, HZ): 50_000},
        ),
        (
            "device-1/status/em1data:0",
            {"id": 0, "total_act_energy": 2776175.11, "total_act_ret_energy": 571584.87},
            {(1, KWH): 2_776_175},
        ),
        (
            "device-1/events/rpc",
            notified(em1data_2={"id": 2, "total_act_energy": 60}),
            {(3, KWH): 60},
        ),
    ],
    "shelly-switch": [
        (
            *("device-1/status/switch:0", _SWITCH),
            {(1, A): 88, (1, W): 8600, (1, V): 231_700, (1, KWH): 13_653},
        ),
        ("device-1/events/rpc", notified(switch_3={"id": 3, "apower": 10.7}), {(4, W): 10_700}),
    ],
    "tasmota": [
        (
            *("tele/device-1/SENSOR", {"Time": "2023-05-19T20:52:56", "ENERGY": _ENERGY}),
            {(1, A): 392, (1, W): 56_000, (1, KWH): 514_153, (1, V): 234_000, (1, PF): 610}
            | {(1, VAR): 73_000, (1, VA): 92_000},
        ),
    ],
    "tasmota-3": [
        (
            *("tele/device-1/SENSOR", {"Time": "2026-09-18T11:19:21", "ENERGY": _TWO}),
            {(1, A): 278, (1, W): 52_000, (1, KWH): 2813, (1, V): 235_000, (1, PF): 790}
            | {(1, VAR): 40_000, (1, VA): 66_000, (2, A): 44, (2, W): 5000, (2, KWH): 254}
            | {(2, V): 235_000, (2, PF): 500, (2, VAR): 9000, (2, VA): 10_000, (3, V): 235_000},
        ),
    ],
    "zigbee2mqtt": [
        (
            "zigbee2mqtt/device-1",
            {"state": "ON", "linkquality": 68, "power": 12, "current": 0.05, "energy": 4.36}
            | {"voltage": 231, "last_seen": "2025-09-05T10:18:00+02:00"},
            {(1, A): 50, (1, W): 12_000, (1, KWH): 4360, (1, V): 231_000},
        ),
    ],
    "esphome": [
        ("device-1/sensor/current/state", "0.39", {(1, A): 390}),
        ("device-1/sensor/power/state", "56.20", {(1, W): 56_200}),
        ("device-1/sensor/energy/state", "514.1534", {(1, KWH): 514_153}),
        ("device-1/sensor/voltage/state", "234.1", {(1, V): 234_100}),
        ("device-1/sensor/power/state", "nan", {}),
    ],
}
"""By profile: topic, payload, and what the device measures by it, in thousandths."""
GONE: dict[str, list[tuple[str, bytes, bytes]]] = {
    "shelly-3em": [("device-1/online", b"false", b"true")],
    "shelly-em": [("device-1/online", b"false", b"true")],
    "shelly-switch": [("device-1/online", b"false", b"true")],
    "tasmota": [("tele/device-1/LWT", b"Offline", b"Online")],
    "tasmota-3": [("tele/device-1/LWT", b"Offline", b"Online")],
    "zigbee2mqtt": [
        ("zigbee2mqtt/device-1/availability", b'{"state":"offline"}', b'{"state":"online"}'),
        ("zigbee2mqtt/device-1/availability", b"offline", b"online"),
        ("zigbee2mqtt/bridge/state", b'{"state":"offline"}', b'{"state":"online"}'),
    ],
    "esphome": [("device-1/status", b"offline", b"online")],
}
"""By profile: where it says that it is gone, how, and what it says else."""


def reports(profile: MqttProfile) -> Reports:
    """Of the device with the usual names."""
    return profile.with_parameters({"topic": TOPIC})
