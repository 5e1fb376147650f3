"""`web user`, `web token`, `web audit`: who may use the page, and what they changed there."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import click

from bcm_mqtt.access import accounts
from bcm_mqtt.access.audit import Present, serving
from bcm_mqtt.access.rights import Who
from bcm_mqtt.cli.output import Format, format_option, say
from bcm_mqtt.cli.site import config_option, instant_given, login, now
from bcm_mqtt.cli.stored import make_store, open_store
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store

_role_option = click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What the user may do: docs/access.md.",
)
_customer_option = click.option(
    "--customer",
    "customers",
    metavar="KEY",
    multiple=True,
    help="Whose circuits and bills are to be seen, for the role customer; may be repeated.",
)


@contextmanager
def opened(settings: Settings, *, made: bool = False) -> Iterator[Store]:
    """The store of the settings; what is changed there is signed by who runs this command.

    Args:
        settings: Of the site.
        made: Whether it is made where there is none.
    """
    with closing(make_store(settings) if made else open_store(settings)) as store:
        someone = Who(login(), Role.ADMIN)
        with serving(Present(someone)):
            yield store


@click.group(epilog="Example: bcm-mqtt web user list")
def user() -> None:
    """Look after the people who may log in."""


@user.command(epilog="Example: bcm-mqtt web user add anna --role operator")
@click.argument("name")
@_role_option
@_customer_option
@config_option
def add(name: str, role: str, customers: tuple[str, ...], config: Path) -> None:
    """Add a user; prompts for the password, or reads it from standard input."""
    settings = load(config)
    with opened(settings, made=True) as store:
        made = accounts.add_user(store.accounts, now(), name, Role(role), customers, _password())
    say(f"user {made.name} may log in as {made.role}")


@user.command("list", epilog="Example: bcm-mqtt web user list")
@config_option
@format_option
def list_users(config: Path, form: Format) -> None:
    """List all users."""
    with opened(load(config)) as store:
        _print_all(store.accounts.accounts(), ("name", "role", "customers", "made"), form)


@user.command(epilog="Example: bcm-mqtt web user password anna")
@click.argument("name")
@config_option
def password(name: str, config: Path) -> None:
    """Give a user another password, and end the sessions with the old one."""
    with opened(load(config)) as store:
        store.accounts.known_account(name)
        accounts.change_password(store.accounts, now(), name, _password())
    say(f"user {name} has a new password")


@user.command(epilog="Example: bcm-mqtt web user role anna --role billing")
@click.argument("name")
@_role_option
@_customer_option
@config_option
def role(name: str, role: str, customers: tuple[str, ...], config: Path) -> None:
    """Give a user another role."""
    with opened(load(config)) as store:
        accounts.change_role(store.accounts, now(), name, Role(role), customers)
    say(f"user {name} is {role} now")


@user.command(epilog="Example: bcm-mqtt web user language anna de-AT")
@click.argument("name")
@click.argument("language")
@config_option
def language(name: str, language: str, config: Path) -> None:
    """Give a user another language: en, de, fr or es, or one with its country such as de-AT."""
    with opened(load(config)) as store:
        accounts.change_language(store.accounts, now(), name, language)
    say(f"user {name} reads {language}")


@user.command("remove", epilog="Example: bcm-mqtt web user remove anna")
@click.argument("name")
@config_option
def remove_user(name: str, config: Path) -> None:
    """Remove a user, and end the sessions."""
    with opened(load(config)) as store:
        accounts.remove_user(store.accounts, now(), name)
        left = store.accounts.has_accounts()
    say(f"user {name} was removed")
    if not left:
        say("no user is left: everybody on this machine may now do everything", err=True)


@click.group(epilog="Example: bcm-mqtt web token list")
def token() -> None:
    """Look after the tokens by which programs use the API."""


@token.command("add", epilog="Example: bcm-mqtt web token add ems --role viewer")
@click.argument("name")
@_role_option
@_customer_option
@click.option("--expires", metavar="TIME", help="From then on it is no longer valid.")
@config_option
def add_token(
    name: str, role: str, customers: tuple[str, ...], expires: str | None, config: Path
) -> None:
    """Add a token and print it: it cannot be shown again."""
    settings = load(config)
    end = instant_given("--expires", expires, settings.site.zone)
    with opened(settings, made=True) as store:
        secret = accounts.add_token(store.accounts, now(), name, Role(role), customers, end)
    say(secret)


@token.command("list", epilog="Example: bcm-mqtt web token list")
@config_option
@format_option
def list_tokens(config: Path, form: Format) -> None:
    """List all tokens, without their secrets."""
    with opened(load(config)) as store:
        columns = ("name", "role", "customers", "made", "expires", "last_used")
        _print_all(store.accounts.tokens(), columns, form)


@token.command("remove", epilog="Example: bcm-mqtt web token remove ems")
@click.argument("name")
@config_option
def remove_token(name: str, config: Path) -> None:
    """Remove a token."""
    with opened(load(config)) as store:
        accounts.remove_token(store.accounts, now(), name)
    say(f"token {name} was removed")


@click.command(epilog="Example: bcm-mqtt web audit --since 2026-11-01")
@click.option("--since", metavar="TIME", help="Only what was changed from then on.")
@config_option
@format_option
def audit(since: str | None, config: Path, form: Format) -> None:
    """List what was changed on the page, by whom and from where; the oldest first."""
    settings = load(config)
    start = instant_given("--since", since, settings.site.zone)
    with opened(settings) as store:
        columns = ("time", "who", "address", "what", "before", "after")
        _print_all(reversed(store.accounts.audit(start)), columns, form)


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InputError.of("expected the password on standard input, in one line")
    return line


def _print_all(items: Iterable[object], columns: Sequence[str], form: Format) -> None:
    """A row for each, of the attributes that the columns name."""
    names = {column: "at" if column == "time" else column for column in columns}
    rows = [{column: _cell(getattr(item, names[column])) for column in columns} for item in items]
    print_rows(rows, columns, form)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)
