"""`web`: where the page is served."""

from dataclasses import dataclass
from typing import Final

import voluptuous as vol

from bcm_mqtt.config import values


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The page.

    Attributes:
        enabled: Whether `run` serves it.
        host: Address to listen on.
        port: TCP port.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 8480


WEB: Final = {
    vol.Optional("enabled", default=True): values.boolean,
    vol.Optional("host", default="127.0.0.1"): values.text,
    vol.Optional("port", default=8480): values.whole(1, 65535),
}
