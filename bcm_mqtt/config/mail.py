"""`mail`: the mail server, and what the mails say that bills go out with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from re import fullmatch
from string import Template
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.network.endpoints import host
from bcm_mqtt.config.values import files_of
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.errors import Problem
from bcm_mqtt.languages import LANGUAGES, N_, known
from bcm_mqtt.located import Document

PLACEHOLDERS: Final = (
    *("number", "customer", "name", "month", "kwh", "amount", "due", "currency"),
    *("due_date", "site"),
)
"""What a mail's texts may name; billing.delivery.mailing fills them in."""
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
ATTACHMENTS: Final = ("html", "pdf", "csv", "xlsx", "json", "greenbutton", *Profile)
_SUBJECT: Final = N_("$site: bill $number for $month")
_TEXT: Final = N_("""\
Dear $name,

attached is bill $number for $month: $kwh kWh, $due $currency, due on $due_date.

$site""")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How bills are mailed.

    Attributes:
        host: Of the mail server.
        port: By default that of `security`.
        security: starttls, tls, or none.
        ca: Certificates to trust; None for those of the system.
        username: None where the server needs none.
        password: Of that user.
        sender: Mailbox, `Name <address>` or an address.
        reply_to: Mailbox, or "".
        bcc: Addresses that get a copy of each mail.
        subject: With `$placeholders`.
        text: With `$placeholders`.
        attachments: Formats of the bill.
        timeout: Of each answer of the server.
        questions: Addresses that get what customers ask about a figure; by default `reply_to`,
            or else the sender.
    """

    host: str
    port: int
    security: str
    ca: Path | None
    username: str | None
    password: str | None
    sender: str
    reply_to: str
    bcc: tuple[str, ...]
    subject: Template
    text: Template
    attachments: tuple[str, ...]
    timeout: timedelta
    questions: tuple[str, ...] = ()


def mail_settings(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[MailSettings, list[Problem]]:
    """The settings of a checked `mail` section, and what is wrong with its files."""
    files, problems = files_of(document, ("mail",), data, folder)
    settings = MailSettings(
        host=data["host"],
        port=data.get("port", _PORTS[data["security"]]),
        security=data["security"],
        ca=files.get("ca"),
        username=data.get("username"),
        password=data.get("password"),
        sender=data["sender"],
        reply_to=data.get("reply_to", ""),
        bcc=tuple(data["bcc"]),
        subject=data["subject"],
        text=data["text"],
        attachments=tuple(dict.fromkeys(data["attachments"])),
        timeout=data["timeout"],
        questions=tuple(data["questions"])
        or (parseaddr(data.get("reply_to") or data["sender"])[1],),
    )
    return settings, problems


def mailbox(value: object) -> str:
    """`Name <address>`, or an address alone."""
    text = values.lines(value)
    _name, address = parseaddr(text)
    if text.isprintable() and _is_address(address):
        return text
    message = "expected an e-mail address such as Billing <billing@example.com>"
    raise vol.Invalid(message)


def address(value: object) -> str:
    """An address alone."""
    text = values.lines(value)
    if _is_address(text):
        return text
    message = "expected an e-mail address such as billing@example.com"
    raise vol.Invalid(message)


def language(value: object) -> str:
    """In which letters and messages are written: a tag, with or without a country."""
    tag = values.text(value)
    spoken = known(tag)
    if not spoken or spoken.lower() != tag.lower().replace("_", "-"):
        message = f"expected one of {', '.join(LANGUAGES)}, or one with its country such as de-AT"
        raise vol.Invalid(message)
    return spoken


def _login(value: object) -> str:
    """A username or password; smtplib sends no others."""
    text = values.lines(value)
    if text.isascii():
        return text
    message = "expected ASCII characters"
    raise vol.Invalid(message)


def _is_address(text: str) -> bool:
    """In ASCII, as every mail server takes it."""
    return bool(
        fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text)
    )


def _template(*, one_line: bool) -> Callable[[object], Template]:
    def check(value: object) -> Template:
        text = values.lines(value)
        template = Template(text)
        if one_line and not text.isprintable():
            message = "expected one line"
            raise vol.Invalid(message)
        unknown = (
            set(template.get_identifiers()) - set(PLACEHOLDERS) if template.is_valid() else {"$"}
        )
        if unknown:
            known = ", ".join(f"${name}" for name in PLACEHOLDERS)
            message = f"expected a text with no $ but of {known} ($$ is a dollar sign)"
            raise vol.Invalid(message)
        return template

    return check


MAIL: Final = {
    vol.Required("host"): host,
    vol.Optional("port"): values.whole(1, 65535),
    vol.Optional("security", default="starttls"): vol.In(
        [*_PORTS], msg="expected starttls, tls or none"
    ),
    vol.Optional("ca"): values.text,
    vol.Inclusive("username", "login", msg="expected a username with the password"): _login,
    vol.Inclusive("password", "login"): _login,
    vol.Required("sender"): mailbox,
    vol.Optional("reply_to"): mailbox,
    vol.Optional("bcc", default=list): [address],
    vol.Optional("questions", default=list): [address],
    vol.Optional("subject", default=_SUBJECT): _template(one_line=True),
    vol.Optional("text", default=_TEXT): _template(one_line=False),
    vol.Optional("attachments", default=lambda: ["pdf"]): vol.All(
        [vol.In(ATTACHMENTS, msg=f"expected one of {', '.join(ATTACHMENTS)}")],
        vol.Length(min=1, msg="expected at least one format"),
    ),
    vol.Optional("timeout", default="30s"): values.duration("1s", "10min"),
}
