"""The whole configuration as one ZIP file, without what is secret."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bcm_mqtt.config import load
from bcm_mqtt.errors import InputError
from bcm_mqtt.located import KeyPath
from bcm_mqtt.located.nodes import tags_of
from bcm_mqtt.located.rewriting import with_tagged
from bcm_mqtt.setup.changing.sections import Section
from bcm_mqtt.setup.changing.texts import Texts

_SECRETS: Final = "secrets.yaml"
_PLACES: Final[tuple[KeyPath, ...]] = (
    ("mqtt", "username"),
    ("mqtt", "password"),
    ("database", "url"),
    ("database", "read_url"),
    ("mail", "username"),
    ("mail", "password"),
)
"""Of the main file, where a text that stands there may let somebody in."""
_RECEIVERS: Final[KeyPath] = ("notifications", "receivers")
_OF_RECEIVER: Final = ("apprise", "secret", "webhook")
_MAIN: Final = Section("main", ())
_ABOUT: Final = """\
The configuration of {site}, exported by bcm-mqtt.

Put the files into one folder, fill in {secrets}, and try it: bcm-mqtt check -c {main}

Not in here: passwords and addresses with passwords, which {secrets} lists; variables of the
environment that files name with !env; keys and certificates; the database.
"""
