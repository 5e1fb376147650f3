"""`web user`, `web token`, `web audit`: who may use the page, and what they changed there."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

from bcm_mqtt.access import accounts
from bcm_mqtt.access.audit import Present, serving
from bcm_mqtt.access.rights import Who
from bcm_mqtt.cli.output import Format, format_option, say
from bcm_mqtt.cli.portfolio.choosing import PORTFOLIO, portfolio_option
from bcm_mqtt.cli.portfolio.home import home_of
from bcm_mqtt.cli.site import config_option, instant_given, login, now
from bcm_mqtt.cli.stored import make_store, open_store
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import load
from bcm_mqtt.config.portfolio import load_portfolio
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Accounts

_Command = TypeVar("_Command", bound=Callable[..., object])

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


@dataclass(frozen=True, slots=True)
class Users:
    """Whose users are meant: those of a site, or those that the sites of a portfolio share."""

    config: Path
    portfolio: Path | None

    @contextmanager
    def opened(
        self, sites: tuple[str, ...] = (), *, made: bool = False
    ) -> Iterator[tuple[Accounts, ZoneInfo]]:
        """The accounts, with the zone for dates; changes are signed by who runs this command.

        Args:
            sites: That are named, which a portfolio must have.
            made: Whether the database is made where there is none.
        """
        with ExitStack() as stack:
            stack.enter_context(serving(Present(Who(login(), Role.ADMIN))))
            if self.portfolio:
                portfolio = load_portfolio(self.portfolio)
                if wrong := next((one for one in sites if one not in portfolio.sites), None):
                    raise InputError.of(f"--site: {unknown('site', wrong, portfolio.sites)}")
                home = stack.enter_context(closing(home_of(portfolio)))
                (home.ensure_schema if made else home.check_schema)()
                yield Accounts(home), portfolio.zone
                return
            settings = load(self.config)
            store = make_store(settings) if made else open_store(settings)
            yield stack.enter_context(closing(store)).accounts, settings.site.zone


def _users_option(command: _Command) -> Callable[..., object]:
    """The options --config and --portfolio, of which the command gets `users`."""

    @wraps(command)
    def chosen(
        *arguments: object, config: Path, portfolio: Path | None, **others: object
    ) -> object:
        portfolio = portfolio or click.get_current_context().meta.get(PORTFOLIO)
        return command(*arguments, users=Users(config, portfolio), **others)

    return config_option(portfolio_option(chosen))


_sites_option = click.option(
    "--site",
    "sites",
    metavar="ID",
    multiple=True,
    help="That may be seen, of the sites that share users; may be repeated. Without it all.",
)


@click.group(epilog="Example: bcm-mqtt web user list")
def user() -> None:
    """Look after the people who may log in."""


@user.command(epilog="Example: bcm-mqtt web user add anna --role operator")
@click.argument("name")
@_role_option
@_customer_option
@_sites_option
@_users_option
def add(
    name: str, role: str, customers: tuple[str, ...], sites: tuple[str, ...], users: Users
) -> None:
    """Add a user; prompts for the password, or reads it from standard input."""
    with users.opened(sites, made=True) as (stored, _):
        made = accounts.add_user(stored, now(), name, Role(role), customers, _password(), sites)
    say(f"user {made.name} may log in as {made.role}")


@user.command("list", epilog="Example: bcm-mqtt web user list")
@_users_option
@format_option
def list_users(users: Users, form: Format) -> None:
    """List all users."""
    with users.opened() as (stored, _):
        _print_all(stored.accounts(), ("name", "role", "customers", "sites", "email", "made"), form)


@user.command(epilog="Example: bcm-mqtt web user password anna")
@click.argument("name")
@_users_option
def password(name: str, users: Users) -> None:
    """Give a user another password, and end the sessions with the old one."""
    with users.opened() as (stored, _):
        stored.known_account(name)
        accounts.change_password(stored, now(), name, _password())
    say(f"user {name} has a new password")


@user.command(epilog="Example: bcm-mqtt web user role anna --role billing")
@click.argument("name")
@_role_option
@_customer_option
@_users_option
def role(name: str, role: str, customers: tuple[str, ...], users: Users) -> None:
    """Give a user another role; the sites that it sees stay."""
    with users.opened() as (stored, _):
        accounts.change_role(stored, now(), name, Role(role), customers)
    say(f"user {name} is {role} now")


@user.command("sites", epilog="Example: bcm-mqtt web user sites anna --site dc1 --site dc2")
@click.argument("name")
@_sites_option
@_users_option
def user_sites(name: str, sites: tuple[str, ...], users: Users) -> None:
    """Limit a user to some of the sites that share users; without --site the limit is lifted."""
    with users.opened(sites) as (stored, _):
        accounts.change_sites(stored, now(), name, sites)
    say(f"user {name} sees {', '.join(sites) or 'all sites'}")


@user.command(epilog="Example: bcm-mqtt web user language anna de-AT")
@click.argument("name")
@click.argument("language")
@_users_option
def language(name: str, language: str, users: Users) -> None:
    """Give a user another language: en, de, fr or es, or one with its country such as de-AT."""
    with users.opened() as (stored, _):
        accounts.change_language(stored, now(), name, language)
    say(f"user {name} reads {language}")


@user.command(epilog="Example: bcm-mqtt web user email anna anna@example.com")
@click.argument("name")
@click.argument("address")
@_users_option
def email(name: str, address: str, users: Users) -> None:
    """Give a user another address, for notices and a forgotten password; "" removes it."""
    with users.opened() as (stored, _):
        accounts.change_email(stored, now(), name, address)
    say(f"user {name} gets mail at {address.strip()}" if address else f"user {name} gets no mail")


@user.command("remove", epilog="Example: bcm-mqtt web user remove anna")
@click.argument("name")
@_users_option
def remove_user(name: str, users: Users) -> None:
    """Remove a user, and end the sessions."""
    with users.opened() as (stored, _):
        accounts.remove_user(stored, now(), name)
        left = stored.has_accounts()
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
@_sites_option
@click.option("--expires", metavar="TIME", help="From then on it is no longer valid.")
@_users_option
def add_token(
    name: str,
    role: str,
    customers: tuple[str, ...],
    sites: tuple[str, ...],
    expires: str | None,
    users: Users,
) -> None:
    """Add a token and print it: it cannot be shown again."""
    with users.opened(sites, made=True) as (stored, zone):
        end = instant_given("--expires", expires, zone)
        secret = accounts.add_token(stored, now(), name, Role(role), customers, end, sites)
    say(secret)


@token.command("list", epilog="Example: bcm-mqtt web token list")
@_users_option
@format_option
def list_tokens(users: Users, form: Format) -> None:
    """List all tokens, without their secrets."""
    with users.opened() as (stored, _):
        columns = ("name", "role", "customers", "sites", "made", "expires", "last_used")
        _print_all(stored.tokens(), columns, form)


@token.command("remove", epilog="Example: bcm-mqtt web token remove ems")
@click.argument("name")
@_users_option
def remove_token(name: str, users: Users) -> None:
    """Remove a token."""
    with users.opened() as (stored, _):
        accounts.remove_token(stored, now(), name)
    say(f"token {name} was removed")


@click.command(epilog="Example: bcm-mqtt web audit --since 2026-11-01")
@click.option("--since", metavar="TIME", help="Only what was changed from then on.")
@_users_option
@format_option
def audit(since: str | None, users: Users, form: Format) -> None:
    """List what was changed on the page, by whom and from where; the oldest first."""
    with users.opened() as (stored, zone):
        start = instant_given("--since", since, zone)
        columns = ("time", "who", "address", "what", "before", "after")
        _print_all(reversed(stored.audit(start)), columns, form)


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
