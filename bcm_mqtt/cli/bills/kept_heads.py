"""Heads of the chain that somebody kept: `bill head`, and what `bill verify --expect` reads."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import click

from bcm_mqtt.billing.evidence.statements import noted_in
from bcm_mqtt.billing.evidence.visible import form_of, shown_by
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import month_given
from bcm_mqtt.config import Settings
from bcm_mqtt.config.directory import content_of
from bcm_mqtt.errors import InputError


def expected_text(file: Path) -> str:
    """The text of a file with heads, also of a mail as it was saved, and of a bill as PDF.

    Raises:
        InputError: it cannot be read, or has no head.
    """
    content = content_of(file)
    text = content.decode("utf-8", "replace")
    if not noted_in(text).heads:
        text = _of_pdf(content) if form_of(content) == "pdf" else _of_mail(content)
    if not noted_in(text).heads:
        message = "expected the number and SHA-256 of a bill, as `bcm-mqtt bill head` prints them"
        raise InputError.of(message, source=str(file))
    return text


def _of_pdf(content: bytes) -> str:
    try:
        return " ".join(shown_by(content).only_words)
    except ValueError:
        return ""


def _of_mail(content: bytes) -> str:
    message = message_from_bytes(content, policy=default)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    try:
        return str(body.get_content()) if body else ""
    except (LookupError, ValueError):  # a character set that nobody knows
        return ""


@click.command(epilog="Example: bcm-mqtt bill head 2026-03")
@click.argument("month", metavar="YYYY-MM")
@sites_options
def head(month: str, choice: SiteChoice) -> int:
    """Print the head of the chain of bills with a month: to keep elsewhere, for verify --expect.

    Of several sites, the head of each seller.
    """
    period = month_given(month)
    heads = dict[str, None]()  # sites of one seller have the same

    def find(_key: str, settings: Settings) -> None:
        with billing_of(settings) as billing:
            found = billing.evidence.head(period)
            if missing := billing.evidence.stamp(period):
                say(f"warning: {missing}", err=True)
        if found is None:
            raise InputError.of(f"no bill of {period} is issued: see bill --issue")
        heads[found.text] = None

    status = choice.load().each(find)
    if heads:
        say(f"bcm-mqtt: bills up to the last one of {period}")
    for text in heads:
        say(text)
    return status
