"""What a customer asks about a figure, with the explanation that it was shown."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.time import Month

LONGEST = 2000
"""Characters of a question."""
LONGEST_NAME = 80
"""Characters of what a customer calls a circuit."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes:
        customer: Whose figure.
        at: When it was asked, UTC.
        who: Name of the account.
        month: Of the figure.
        figure: In one line, with its value.
        text: What was asked.
        explanation: Of the figure, as it was then.
        fate: Of the mail to the operator: `sending`, `sent`, `failed` or `none`.
        why: It failed, or "".
    """

    customer: str
    at: datetime
    who: str
    month: Month
    figure: str
    text: str
    explanation: str
    fate: str = "sending"
    why: str = ""


def question_problem(text: str) -> str:
    """What is wrong with a question, or ""."""
    if not text.strip():
        return "expected what you want to know"
    if len(text) > LONGEST:
        return f"{len(text)} characters: expected at most {LONGEST}"
    if has_controls(text, lines=True):
        return "expected a text without control characters"
    return ""


def circuit_name_problem(name: str) -> str:
    """What is wrong with what a customer calls a circuit, or ""; "" is no name."""
    if len(name) > LONGEST_NAME:
        return f"{len(name)} characters: expected at most {LONGEST_NAME}"
    if has_controls(name):
        return "expected a name without control characters"
    return ""
