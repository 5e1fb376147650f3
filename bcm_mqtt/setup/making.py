"""The first configuration made: checked with its broker, then written where nothing is yet."""

from pathlib import Path

from bcm_mqtt.config import Settings
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.instance import another_answers
from bcm_mqtt.setup.first_site import FirstSite
from bcm_mqtt.setup.new_files import existing, written


def make(file: Path, site: FirstSite) -> list[Path]:
    """Writes the site's files; returns them. Takes up to some seconds.

    Raises:
        InputError: the site is not what `check` accepts, its broker does not answer, another
            bridge runs there, or something is configured by now.
        WorkError: they cannot be written.
    """
    check_broker(site.check())
    if there := existing(file):
        raise InputError.of("is there already: nothing was written", source=str(there))
    return written(file, site.configuration(), site.circuits(), site.others())


def check_broker(settings: Settings) -> None:
    """Raises InputError where the site could not publish."""
    broker, bridge = settings.mqtt.broker, settings.bridge.id
    answers = another_answers(broker, settings.mqtt.topics, bridge)
    if answers is None:
        message = (
            f"no broker lets us in at {broker.host}:{broker.port}: start one there, such as "
            "Mosquitto, or give the address of another, or its user name and password"
        )
        raise InputError.of(message, key="broker")
    if answers:
        message = (
            f"a bridge with the id {bridge} runs at {broker.host}:{broker.port} already: "
            "give the site another name, or another broker"
        )
        raise InputError.of(message, key="broker")
