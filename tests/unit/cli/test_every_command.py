"""Every command, as the command tree has them: help with an example that can be typed."""

import shlex
from collections.abc import Iterator

import click
import pytest

from bcm_mqtt.cli.bills.bill import MonthGroup
from bcm_mqtt.cli.late import LateGroup
from bcm_mqtt.cli.root import bcm_mqtt
from unit.cli.conftest import Run

TREE = {
    "": [
        "demo",
        "run",
        "bridge",
        "recorder",
        "web",
        "check",
        "read",
        "commission",
        "profiles",
        "statement",
        "tariff",
    ],
    "profiles": ["show"],
    "circuits": ["list", "export", "import", "assign"],
    "meters": ["list", "add", "exchange", "check"],
    "bill": ["verify", "export", "mail"],
    "tariff": ["compare"],
    "prices": ["import", "list", "export"],
    "invoice": ["import", "list", "show", "divide"],
    "db": [
        *("upgrade", "info", "rollup", "quarantine", "revisions"),
        *("backup", "export", "import", "prune"),
    ],
    "archive": ["run", "list", "verify"],
}
"""What INTERFACES.md promises and is there; others may be added."""


def commands(
    command: click.Command = bcm_mqtt, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path, groups included."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


ALL = dict(commands())
EACH = pytest.mark.parametrize("path", ALL, ids=[" ".join(path) or "bcm-mqtt" for path in ALL])


def example(help_text: str) -> list[str]:
    """The words of the example at the end of a help text, which may be wrapped."""
    _, _, rest = help_text.partition("Example: ")
    return shlex.split(" ".join(rest.split()))


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    groups = [command for command in ALL.values() if isinstance(command, LateGroup)]
    assert {bcm_mqtt, ALL[("web",)]} == set(groups)
    for group in groups:
        for name, (_module, text) in group.late.items():
            command = group.get_command(click.Context(group), name)
            assert command is not None
            assert command.get_short_help_str(200) == text


def test_the_commands_of_the_interfaces_are_there() -> None:
    for group, names in TREE.items():
        prefix = (group,) if group else ()
        assert {(*prefix, name) for name in names} <= set(ALL)
    assert {("circuits",), ("bill",), ("explain",), ("db",), ("simulate",)} <= set(ALL)


@EACH
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help_that_says_what_it_does(
    run: Run, path: tuple[str, ...], option: str
) -> None:
    ran = run(*path, option)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: bcm-mqtt {' '.join(path)}".strip())
    explained = (ALL[path].help or "").splitlines()[0]
    assert explained
    assert explained in " ".join(ran.out.split())


@EACH
def test_the_example_of_a_commands_help_is_one_of_that_command(
    run: Run, path: tuple[str, ...]
) -> None:
    words = example(run(*path, "--help").out)
    assert words[: len(path) + 1] == ["bcm-mqtt", *path]


@EACH
def test_the_example_of_a_commands_help_can_be_typed(run: Run, path: tuple[str, ...]) -> None:
    words = example(run(*path, "--help").out)[1:]
    command: click.Command = bcm_mqtt
    context = click.Context(bcm_mqtt, info_name="bcm-mqtt", **bcm_mqtt.context_settings)
    while isinstance(command, click.Group) and words:
        if isinstance(command, MonthGroup) and words[0] not in command.commands:
            command = command.commands["month"]
            break
        found = command.get_command(context, words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    # Options and arguments are parsed and checked; nothing is done.
    made = command.make_context(command.name, list(words), parent=context)
    assert made.args == []


@EACH
def test_every_option_is_explained_or_shows_its_default(path: tuple[str, ...]) -> None:
    options = [item for item in ALL[path].params if isinstance(item, click.Option)]
    assert [item.name for item in options if not item.help and not item.show_default] == []


def test_the_version_is_told(run: Run) -> None:
    ran = run("--version")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("bcm-mqtt, version ")


@pytest.mark.parametrize("group", [(), ("circuits",), ("db",)])
def test_a_group_alone_shows_its_commands_and_is_no_success(
    run: Run, group: tuple[str, ...]
) -> None:
    ran = run(*group)
    assert ran.status == 2
    assert ran.out.startswith(f"Usage: bcm-mqtt {' '.join(group)}".strip())
    assert ran.err == ""


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("bcm-mqtt bi", "bill"), ("bcm-mqtt db ", "quarantine"), ("bcm-mqtt check --fo", "--format")],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_what_is_typed(
    monkeypatch: pytest.MonkeyPatch, run: Run, shell: str, typed: str, expected: str
) -> None:
    words = typed.split(" ")
    monkeypatch.setenv("_BCM_MQTT_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    assert expected in run().out
