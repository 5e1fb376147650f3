"""Every `bcm-mqtt` line of the documentation is a command that there is, with its options."""

import re
import shlex
from pathlib import Path

import click
import pytest

from bcm_mqtt.cli.root import bcm_mqtt

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
LINE = re.compile(r"^\s*[$#] (?:\S*/)?bcm-mqtt (.*)$", re.MULTILINE)
COMMANDS = [
    (page.relative_to(ROOT).as_posix(), said)
    for page in PAGES
    for said in LINE.findall(page.read_text("utf-8").replace("\\\n", " "))
]


def words(said: str) -> list[str]:
    """Of a line, without a comment, a pipe or what is left out of it."""
    found = shlex.split(said, comments=True)
    ends = [found.index(end) for end in ("|", "<", ">", "&&", ";") if end in found]
    return [word for word in found[: min(ends, default=None)] if word not in {"…", "[…]", "..."}]


def parsed(command: click.Command, arguments: list[str], path: str = "bcm-mqtt") -> None:
    """As the program itself reads it; nothing is run."""
    # A command keeps the option of its first context that asks for help: all have the root's.
    names = bcm_mqtt.context_settings["help_option_names"]
    context = command.make_context(
        path, arguments, resilient_parsing=False, help_option_names=names
    )
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        if rest:
            name, found, after = command.resolve_command(context, rest)
            assert found is not None
            parsed(found, after, f"{path} {name}")


@pytest.mark.parametrize(("page", "said"), COMMANDS, ids=map(": ".join, COMMANDS))
def test_a_command_of_the_documentation_is_one(
    page: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert page
    parsed(bcm_mqtt, words(said))
