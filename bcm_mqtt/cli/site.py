"""What commands share: the configuration option, the real clock, the event loop."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from getpass import getuser
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.cli.played import PlayedClock, PlayedLoop
from bcm_mqtt.config import Settings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.time import Clock, LocalTimeError, Month, instant_of
from bcm_mqtt.domain.time import steady as steady_of
from bcm_mqtt.errors import InputError

_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., object])


def now() -> datetime:
    """The present: the one real clock, handed to everything below."""
    return PlayedClock.given().now()


def monotonic() -> float:
    """Seconds of a clock that is never set: as fast as `now`."""
    return PlayedClock.given().monotonic()


def clocks() -> tuple[Clock, Callable[[], float]]:
    """`now` and `monotonic`, for who looks at them many times a second."""
    clock = PlayedClock.given()
    if clock.speed == 1:
        return partial(datetime.now, UTC), time.monotonic
    return clock.now, clock.monotonic


steady = steady_of(monotonic)
"""As `now`, but never set: for how long ago something was."""


def _config_or_root(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path:
    """The option of this command, or that of `bcm-mqtt` itself."""
    root: Path = context.find_root().obj
    return value or root


def config_option(command: _Command) -> _Command:
    """The option -c/--config, which every command with a configuration takes."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_config_or_root,
        help="Configuration file.  [default: config/bcm.yaml]",
    )(command)


def instant_given(option: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    """The instant of an option's local date or time; None where it is not given.

    Raises:
        InputError: the text is neither.
    """
    if text is None:
        return None
    try:
        return instant_of(text, zone)
    except LocalTimeError as error:
        raise InputError.of(f"{option}: {error}") from None
    except ValueError:
        message = "expected a date or time such as 2026-03-10 or 2026-03-10T12:00"
        raise InputError.of(f"{option} {text!r}: {message}") from None


def month_given(text: str) -> Month:
    """The month of `YYYY-MM`.

    Raises:
        InputError: it is none.
    """
    try:
        return Month.parse(text)
    except ValueError as error:
        raise InputError.of(str(error)) from None


def login() -> str:
    """Who runs this command, as what is changed is signed: such as `anna (command line)`."""
    try:
        name = getuser()
    except (KeyError, OSError):
        name = "somebody"
    return f"{name} (command line)"


def check_panel(settings: Settings, panel: str) -> None:
    """Raises InputError where the site has no such panel."""
    if panel not in settings.panels:
        raise InputError.of(unknown("panel", panel, settings.panels))


def run_async(main: Coroutine[Any, Any, _Result], *, in_demo: bool = False) -> _Result:
    """Runs a coroutine to its end, on uvloop where that is installed: it halves the CPU time.

    Args:
        main: The coroutine.
        in_demo: Whether its timers go by a demo's clock, where that is faster.
    """
    if in_demo and (clock := PlayedClock.given()).speed != 1:
        with asyncio.Runner(loop_factory=lambda: PlayedLoop(clock)) as runner:
            return runner.run(main)
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
