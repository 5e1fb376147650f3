"""Commands of a month's bills: `bill 2026-03` and, beside it, `bill verify`."""

import click

_MONTH = "month"


class MonthCommand(click.Command):
    """The one that needs no name; its help does not show it either."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As it is typed."""
        path = ctx.parent.command_path if ctx.parent else ctx.command_path
        formatter.write_usage(path, " ".join(self.collect_usage_pieces(ctx)))


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
