"""Where the simulation takes hold of the services: all of it, and nothing of them is changed.

The standard library's clocks and randomness are replaced before the package is imported; the
modules that took a blocking thing from it, or paho's client, get the simulated one afterwards.
"""

import os
import random
import sys
import threading
import time
from functools import lru_cache
from queue import SimpleQueue
from typing import Any

import paho.mqtt.client

from chaos import clockwork, disk, process
from chaos.mqtt import driven, paho_client

REAL_SECONDS = time.process_time
_SEED = random.Random(0)
_PAYLOADS = 2_000


def reseed(seed: int) -> None:
    """What is drawn without a seed (ids of boots and transactions) follows from this one."""
    _SEED.seed(seed)


def install() -> None:
    """Replaces them; to be called once, before bcm_mqtt is imported."""
    if "bcm_mqtt" in sys.modules:
        raise RuntimeError("the simulation begins before the package is imported")
    import asyncio  # noqa: F401, PLC0415 - with the real clock
    import logging  # noqa: F401, PLC0415

    import sqlalchemy.pool  # noqa: F401, PLC0415

    time.monotonic = lambda: clockwork.running().now
    time.time = _wall
    time.sleep = clockwork.sleep
    os.urandom = _SEED.randbytes
    random._urandom = _SEED.randbytes  # type: ignore[attr-defined]
    disk.install()
    _import_all()
    _replace()
    _hasten()


def _wall() -> float:
    on = process.PROCESS.get()
    if on:
        return on.machine.now().timestamp()
    return process.EPOCH.timestamp() + (clockwork.running().now if clockwork._RUNNING else 0.0)


def _import_all() -> None:
    import bcm_mqtt.billing.month  # noqa: PLC0415
    import bcm_mqtt.bridge  # noqa: PLC0415
    import bcm_mqtt.cli.billed  # noqa: PLC0415
    import bcm_mqtt.cli.services.run  # noqa: F401, PLC0415


def _replace() -> None:
    import bcm_mqtt.bridge.requests.session  # noqa: PLC0415
    import bcm_mqtt.cli.site  # noqa: PLC0415
    import bcm_mqtt.mqtt.driven  # noqa: PLC0415
    import bcm_mqtt.mqtt.read_ahead  # noqa: PLC0415

    # No process stands still here, and pauses of background tasks are as long as the grain.
    bcm_mqtt.bridge.requests.session.STANDSTILL_S = float("inf")
    stands_for: dict[int, Any] = {
        id(threading.Event): clockwork.Event,
        id(SimpleQueue): clockwork.SimpleQueue,
        id(paho.mqtt.client.Client): paho_client.SimulatedPaho,
        id(bcm_mqtt.mqtt.driven.Driven): driven.SimulatedDriven,
        id(bcm_mqtt.mqtt.read_ahead.ReadAheadClient): paho_client.SimulatedPaho,
        id(bcm_mqtt.cli.site.now): process.now,
    }
    for name, module in sorted(sys.modules.items()):
        if name.startswith("bcm_mqtt."):
            for attribute, value in list(vars(module).items()):
                if id(value) in stands_for:
                    setattr(module, attribute, stands_for[id(value)])


def _hasten() -> None:
    """What gives the same again is done once: the migrations' files, a payload that waits."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    import bcm_mqtt.bridge.outbox.sealing  # noqa: PLC0415

    sealing: Any = bcm_mqtt.bridge.outbox.sealing
    sealing.decode_snapshot = lru_cache(_PAYLOADS)(sealing.decode_snapshot)

    read = ScriptDirectory.from_config
    scripts: list[Any] = []

    def from_config(config: Any) -> Any:
        if not scripts:
            scripts.append(read(config))
        return scripts[0]

    ScriptDirectory.from_config = staticmethod(from_config)  # type: ignore[method-assign, assignment]
