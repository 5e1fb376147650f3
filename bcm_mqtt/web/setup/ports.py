"""What the set-up page is connected to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from bcm_mqtt.setup.one_time_token import OneTimeToken
from bcm_mqtt.setup.scanning import serial_ports
from bcm_mqtt.setup.site_scan import SiteScan


@dataclass(frozen=True, slots=True)
class SetupPorts:
    """What the page is connected to.

    Attributes:
        file: The configuration to be written.
        token: Lets in one person.
        done: Ends the page, after a configuration was written.
        port: Where the page of the site will be, as this one is.
        stays_here: Whether the browser finds it at the same address: both are on loopback.
        hosts: Names under which browsers reach it, besides loopback ones.
        serial_ports: Those of this machine: no other file is opened as one.
        scan: The one scan.
        making: Held while a configuration is written or a schedule is read: one at a time.
    """

    file: Path
    token: OneTimeToken
    done: Callable[[], object]
    port: int
    stays_here: bool = True
    hosts: frozenset[str] = frozenset()
    serial_ports: Callable[[], list[str]] = serial_ports
    scan: SiteScan = field(default_factory=SiteScan)
    making: asyncio.Lock = field(default_factory=asyncio.Lock)


def _ports_of(request: Request) -> SetupPorts:
    ports: SetupPorts = request.app.state.ports
    return ports


SetupPortsGiven = Annotated[SetupPorts, Depends(_ports_of)]
