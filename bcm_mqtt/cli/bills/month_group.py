"""Commands of a month's bills: `bill 2026-03` and, beside it, `bill verify`."""

import click

_MONTH = "month"


class _Unnamed(click.Context):
    """Of a command that is typed without its name."""

    @property
    def command_path(self) -> str:
        """As it is typed."""
        return self.parent.command_path if self.parent else super().command_path


class MonthCommand(click.Command):
    """The one that needs no name."""

    context_class = _Unnamed


class MonthGroup(click.Group):
    """A group in which whatever is no name of a command is for the command `month`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that have a name."""
        return [name for name in super().list_commands(ctx) if name != _MONTH]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Names the command where it is not named."""
        if not args or args[0] not in self.commands:
            args = [_MONTH, *args]
        return super().parse_args(ctx, args)
