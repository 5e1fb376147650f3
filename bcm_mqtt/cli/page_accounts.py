"""`web user`, `web token`, `web audit`: who may use the page, and what they changed there."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from getpass import getuser
from pathlib import Path

import click

from bcm_mqtt.access import accounts
from bcm_mqtt.access.audit import Present, serving
from bcm_mqtt.access.rights import Who
from bcm_mqtt.cli.output import Cell, Format, format_option, print_rows
from bcm_mqtt.cli.site import config_option, instant_given, now, settings_of
from bcm_mqtt.config import Settings
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
def opened(settings: Settings) -> Iterator[Store]:
    """The store of the settings; what is changed there is signed by who runs this command."""
    with closing(Store(settings.database_url)) as store:
        store.database.ensure_schema()
        someone = Who(f"{_login()} (command line)", Role.ADMIN)
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
    settings = settings_of(config)
    with opened(settings) as store:
        made = accounts.add_user(store.accounts, now(), name, Role(role), customers, _password())
    click.echo(f"user {made.name} may log in as {made.role}")


@user.command("list", epilog="Example: bcm-mqtt web user list")
@config_option
@format_option
def list_users(config: Path, form: Format) -> None:
    """All users."""
    with opened(settings_of(config)) as store:
        found = store.accounts.accounts()
    rows: list[dict[str, Cell]] = [
        {
            "name": one.name,
            "role": one.role.value,
            "customers": ", ".join(one.customers),
            "made": to_text(one.made),
        }
        for one in found
    ]
    print_rows(rows, ["name", "role", "customers", "made"], form)


@user.command(epilog="Example: bcm-mqtt web user password anna")
@click.argument("name")
@config_option
def password(name: str, config: Path) -> None:
    """Give a user another password, and end the sessions with the old one."""
    with opened(settings_of(config)) as store:
        store.accounts.known_account(name)
        accounts.change_password(store.accounts, now(), name, _password())
    click.echo(f"user {name} has a new password")


@user.command("remove", epilog="Example: bcm-mqtt web user remove anna")
@click.argument("name")
@config_option
def remove_user(name: str, config: Path) -> None:
    """Remove a user, and end the sessions."""
    with opened(settings_of(config)) as store:
        accounts.remove_user(store.accounts, now(), name)
        left = store.accounts.has_accounts()
    click.echo(f"user {name} was removed")
    if not left:
        click.echo("no user is left: everybody on this machine may do everything", err=True)


@click.group(epilog="Example: bcm-mqtt web token list")
def token() -> None:
    """Look after the tokens by which programs use the API."""


@token.command("add", epilog="Example: bcm-mqtt web token add ems --role viewer")
@click.argument("name")
@_role_option
@_customer_option
@click.option("--expires", metavar="TIME", help="From then on it is worth nothing.")
@config_option
def add_token(
    name: str, role: str, customers: tuple[str, ...], expires: str | None, config: Path
) -> None:
    """Add a token and print it: it cannot be shown again."""
    settings = settings_of(config)
    end = instant_given("--expires", expires, settings.site.zone)
    with opened(settings) as store:
        secret = accounts.add_token(store.accounts, now(), name, Role(role), customers, end)
    click.echo(secret)


@token.command("list", epilog="Example: bcm-mqtt web token list")
@config_option
@format_option
def list_tokens(config: Path, form: Format) -> None:
    """All tokens, without their secrets."""
    with opened(settings_of(config)) as store:
        found = store.accounts.tokens()
    rows: list[dict[str, Cell]] = [
        {
            "name": one.name,
            "role": one.role.value,
            "customers": ", ".join(one.customers),
            "made": to_text(one.made),
            "expires": _text(one.expires),
            "last_used": _text(one.last_used),
        }
        for one in found
    ]
    print_rows(rows, ["name", "role", "customers", "made", "expires", "last_used"], form)


@token.command("remove", epilog="Example: bcm-mqtt web token remove ems")
@click.argument("name")
@config_option
def remove_token(name: str, config: Path) -> None:
    """Remove a token."""
    with opened(settings_of(config)) as store:
        accounts.remove_token(store.accounts, now(), name)
    click.echo(f"token {name} was removed")


@click.command(epilog="Example: bcm-mqtt web audit --since 2026-11-01")
@click.option("--since", metavar="TIME", help="Only what was changed from then on.")
@config_option
@format_option
def audit(since: str | None, config: Path, form: Format) -> None:
    """What was changed on the page, by whom, from where; the oldest first."""
    settings = settings_of(config)
    start = instant_given("--since", since, settings.site.zone)
    with opened(settings) as store:
        found = store.accounts.audit(start)
    rows: list[dict[str, Cell]] = [
        {
            "time": to_text(entry.at),
            "who": entry.who,
            "address": entry.address,
            "what": entry.what,
            "before": entry.before,
            "after": entry.after,
        }
        for entry in reversed(found)
    ]
    print_rows(rows, ["time", "who", "address", "what", "before", "after"], form)


def _password() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InputError.of("expected the password on standard input, in one line")
    return line


def _login() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        return "somebody"


def _text(at: datetime | None) -> str:
    return to_text(at) if at else ""
