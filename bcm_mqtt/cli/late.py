"""Groups of commands that are imported when they are used."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from bcm_mqtt.importing import importing


class LateGroup(click.Group):
    """Imports a command when it is used.

    The bridge on a small machine need not carry SQL, nor `read` wait for it.
    """

    def __init__(self, *args: Any, late: Mapping[str, tuple[str, str]], **named: Any) -> None:  # noqa: ANN401 - as click has them
        """Imports nothing.

        Args:
            args: Of click's group.
            late: By a command's name its module within `bcm_mqtt.cli`, and what it does.
            named: Of click's group.
        """
        super().__init__(*args, **named)
        self.late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of their use."""
        return [*self.late, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None."""
        if cmd_name not in self.late:
            return super().get_command(ctx, cmd_name)
        name = f"{__package__}.{self.late[cmd_name][0]}"
        if name not in sys.modules:
            with importing():
                import_module(name)
        command: click.Command = getattr(sys.modules[name], cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each with what it does, without importing it."""
        del ctx
        width = formatter.width - 6 - max(map(len, self.late))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=text).get_short_help_str(width))
                    for name, (_module, text) in self.late.items()
                ]
            )
