"""New pieces of YAML: values as people would write them, on one line or as lines of a block."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bcm_mqtt.located.nodes import tree_of

Value: TypeAlias = str | int | bool | Sequence[Any] | Mapping[str, Any]
"""What can be written: scalars, and lists and mappings of such."""
_WIDTH: Final = 96
_TRUTH: Final = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~)")
"""What some reader of YAML, if not ours, takes for no text."""
_NESTING: Final = re.compile(r"[][{}]")
"""What a text without quotes on one line may not have; a reader takes long for many of them."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?|\d{4}-\d\d-\d\d")


class AsWritten(str):
    """A number or a day as somebody typed it: `11.50` stays that."""

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> str:
        """A text that is a number or a day as such, any other as text."""
        return cls(text) if _NUMBER.fullmatch(text) else text


def block(key: str, value: Value, indent: str, eol: str) -> str:
    """Lines for a new key."""
    line = f"{indent}{key}: {flow(value)}"
    if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        items = (f"{indent}  - {flow(one)}{eol}" for one in value)
        return f"{indent}{key}:{eol}{''.join(items)}"
    nested = isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values())
    if not isinstance(value, Mapping) or not value or (len(line) <= _WIDTH and not nested):
        return line + eol
    inner = (block(scalar(str(name)), one, f"{indent}  ", eol) for name, one in value.items())
    return f"{indent}{key}:{eol}{''.join(inner)}"


def flow(value: Value) -> str:
    """On one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(str(key))}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | AsWritten):
        return str(value)
    if isinstance(value, str):
        return scalar(value)
    return f"[{', '.join(map(flow, value))}]"


def scalar(text: str) -> str:
    """A text, without quotes where every reader takes it for that text."""
    if not _TRUTH.fullmatch(text) and not _NESTING.search(text):
        try:
            read = YAML().compose(f"{{k: {text}}}")
        except (YAMLError, ValueError):
            read = None
        if read is not None and tree_of(read) == ("map", {"k": ("str", text)}):
            return text
    return quoted(text)


def quoted(text: str, like: str | None = None) -> str:
    """A text in quotes: single ones where it is to look like what has them, and may."""
    if like == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in shown)
