"""Who may see and change which part of the configuration."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, HTTPException

from bcm_mqtt.access.rights import Right
from bcm_mqtt.setup.changing import Configuration
from bcm_mqtt.web.refusals import PortsGiven

# Gateways and panels decide which addresses of the network get requests, and what a kWh is.
RIGHTS: Final[Mapping[str, Right]] = {
    "gateways": Right.ADMINISTER,
    "panels": Right.ADMINISTER,
    "alarms": Right.OPERATE,
    "alarms-customers": Right.OPERATE,
    "alarms-circuits": Right.OPERATE,
    "customers": Right.BILL,
    "tariffs": Right.BILL,
    "billing": Right.BILL,
}
"""By section."""


def configuration_of(ports: PortsGiven) -> Configuration:
    """The files of the site; raises 404 where the page was started without them."""
    if ports.configuration is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "this page has no configuration to change")
    return ports.configuration


ConfigurationGiven = Annotated[Configuration, Depends(configuration_of)]
