"""Asks Home Assistant what it makes of discovery payloads, without starting it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRIPT = Path(__file__).with_name("validate_discovery.py")


class Verdict(TypedDict):
    """What `validate_discovery.py` says of one message."""

    topic: str
    ok: bool
    errors: list[str]
    ignored: list[str]
    components: int
    bytes: int


def validate(python: Path, messages: Iterable[tuple[str, object]]) -> list[Verdict]:
    """The verdicts on messages, which are pairs of topic and payload, in their order.

    A call takes two seconds for a few messages and six for a thousand: pass them together.
    """
    question = [{"topic": topic, "payload": payload} for topic, payload in messages]
    answer = subprocess.run(
        [str(python), str(SCRIPT)],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    verdicts: list[Verdict] = json.loads(answer.stdout)
    return verdicts
