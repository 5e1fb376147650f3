"""YAML files whose every value knows its file and line, checked against a schema.

Owns: reading YAML with `!env`, `!secret` and `!include`; turning a schema's complaints
into problems with file, line and key; changes of single values and entries of a text.
Does not own: any schema, writing files.
Invariants: a value that came from a secret or the environment is never printed; a change of a
text leaves every other character of it as it is.
"""

from bcm_mqtt.located.document import (
    Document,
    KeyPath,
    Place,
    read_yaml,
    reading_instead,
    text_instead,
)
from bcm_mqtt.located.text import utf8_of
from bcm_mqtt.located.validation import Each, Shaped, UnshownError, salvaged, validated

__all__ = [
    "Document",
    "Each",
    "KeyPath",
    "Place",
    "Shaped",
    "UnshownError",
    "read_yaml",
    "reading_instead",
    "salvaged",
    "text_instead",
    "utf8_of",
    "validated",
]
