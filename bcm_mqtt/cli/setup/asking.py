"""Answers: what options give, what people answer on a terminal, or what holds without either."""

from collections.abc import Callable
from dataclasses import dataclass

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.errors import InputError


@dataclass(frozen=True, slots=True)
class Asking:
    """Takes what options give, and asks for the rest.

    Attributes:
        asks: Whether somebody is there to answer.
    """

    asks: bool

    def line(
        self,
        option: str,
        question: str,
        given: str | None,
        default: str | None,
        check: Callable[[str], object] = str,
    ) -> str:
        """One answer.

        Args:
            option: That gives it.
            question: To people.
            given: By the option.
            default: Without an answer; None where there must be one.
            check: Raises ValueError for what is no answer.

        Raises:
            InputError: what the option gives is no answer, or nobody is there to be asked.
        """
        if given is not None or not self.asks:
            text = default if given is None else given
            if text is None:
                raise InputError.of(f"expected {option}, or a terminal to ask on")
            try:
                check(text)
            except ValueError as error:
                raise InputError.of(f"{option} {text!r}: {error}") from None
            return text
        while True:
            answer: str = click.prompt(question, default=default, err=True).strip()
            try:
                check(answer)
            except ValueError as error:
                say(str(error), err=True)
                continue
            return answer

    def lines(self, question: str, check: Callable[[str], object]) -> list[str]:
        """Answers until an empty one."""
        answers: list[str] = []
        while self.asks:
            answer: str = click.prompt(question, default="", show_default=False, err=True).strip()
            if not answer:
                break
            try:
                check(answer)
            except (ValueError, InputError) as error:
                say(str(error), err=True)
                continue
            answers.append(answer)
        return answers
