"""Ids of sites, panels, gateways and bridges: what topics, folders and URLs carry as it is."""

import re
from typing import Final

_ID: Final = re.compile(r"[a-z0-9_-]{1,200}")
"""Shorter than a name may be in a folder."""
EXPECTED: Final = "an id of a-z, 0-9, _ and -"


def is_identifier(text: str) -> bool:
    """Whether it is an id."""
    return _ID.fullmatch(text) is not None
