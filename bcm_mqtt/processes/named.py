"""A function by its name: whoever passes it on, such as a scheduler, need not import it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def name_of(function: Callable[..., object]) -> str:
    """The name of a function of a module."""
    return f"{function.__module__}:{function.__qualname__}"


def called(name: str, *arguments: object) -> Any:  # noqa: ANN401 - as the function has it
    """What the function of that name makes of the arguments."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)(*arguments)
