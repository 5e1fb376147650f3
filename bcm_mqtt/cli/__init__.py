"""The command line: one of two faces, beside the page, of the same use cases.

Owns: options, tables, progress bars, exit codes, the real clock, the processes of services.
Does not own: what is calculated, stored, billed or published: it shows what use cases give.
Invariants: nothing else prints; 0 is success, 1 means the work failed, 2 means the input was
wrong; each problem is one line on standard error, never a traceback.
"""

from collections.abc import Sequence

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.root import bcm_mqtt
from bcm_mqtt.errors import BcmError, InputError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status.

    Args:
        arguments: Of the command line without the program's name; None for the real one.
    """
    try:
        result = bcm_mqtt.main(arguments, prog_name="bcm-mqtt", standalone_mode=False)
    except BcmError as error:
        return _reported(error)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return 2
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        message = " ".join(error.format_message().split())
        say(f"{context.command_path if context else 'bcm-mqtt'}: {message}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt) as error:
        if said := str(error.__cause__ or error):  # of what was under way, where that is known
            say(f"bcm-mqtt: {said}", err=True)
        return 130
    except SystemExit:  # by which click and rich end when `bcm-mqtt … | head` has enough
        return 0
    return result if isinstance(result, int) else 0


def _reported(error: BcmError) -> int:
    """Prints what went wrong, one line per problem; returns the exit status."""
    if isinstance(error, InputError):
        for line in error.lines():
            say(line, err=True)
        return 2
    say(f"bcm-mqtt: {error}", err=True)
    return 1
