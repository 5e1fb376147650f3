"""Accounts and tokens: added, changed, removed, each with its entry in the audit log."""

from datetime import datetime
from typing import Final

from bcm_mqtt.access.audit import Change, entry_of
from bcm_mqtt.access.credentials import hash_of, hashed, new_token, password_problem
from bcm_mqtt.domain.site.account import (
    Account,
    ApiToken,
    Role,
    customers_problem,
    email_problem,
    name_problem,
    sites_problem,
)
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import LANGUAGES, known
from bcm_mqtt.store import Accounts

BY_BROWSER: Final = "as the browser asks"
"""The language of an account that has chosen none, in the audit log."""


def add_user(
    stored: Accounts,
    now: datetime,
    name: str,
    role: Role,
    customers: tuple[str, ...],
    password: str,
    sites: tuple[str, ...] = (),
) -> Account:
    """Adds an account.

    Raises:
        InputError: there is one of that name, or what is given will not do.
    """
    name = name.strip(" ").lower()  # a line break at its end is no part of a name: refused
    _check(name, role, customers, sites)
    _check_password(password, name, "user: password")
    account = Account(name, role, hashed(password), now, customers, sites=sites)
    change = Change(now, f"user {name}", "", _of(role, customers, sites))
    stored.add_account(account, entry_of(change))
    return account


def change_password(
    stored: Accounts, now: datetime, name: str, password: str, *, key: str = "user: password"
) -> None:
    """Gives an account another password, which ends its sessions.

    Args:
        stored: The accounts.
        now: The present.
        name: Of the account.
        password: The new one.
        key: Names it where it will not do.

    Raises:
        InputError: there is no such account, or the password will not do.
    """
    _check_password(password, name, key)
    entry = entry_of(Change(now, f"password of {name}", "", "changed"))
    stored.change_password(name, hashed(password), entry)


def change_role(
    stored: Accounts, now: datetime, name: str, role: Role, customers: tuple[str, ...]
) -> None:
    """Gives an account another role, or other customers; its sessions have it at once.

    The sites that it sees stay.

    Raises:
        InputError: there is no such account, or what is given will not do.
    """
    account = stored.known_account(name)
    _check(name, role, customers, account.sites)
    before, after = (_of(*each, account.sites) for each in (_now(account), (role, customers)))
    entry = entry_of(Change(now, f"user {name}", before, after))
    stored.change_role(name, role, customers, entry)


def change_sites(stored: Accounts, now: datetime, name: str, sites: tuple[str, ...]) -> None:
    """Limits an account to some sites, at once; none lifts the limit.

    Raises:
        InputError: there is no such account, or what is given will not do.
    """
    account = stored.known_account(name)
    _check(name, account.role, account.customers, sites)
    before, after = (_of(*_now(account), each) for each in (account.sites, sites))
    stored.change_sites(name, sites, entry_of(Change(now, f"user {name}", before, after)))


def change_language(stored: Accounts, now: datetime, name: str, language: str) -> None:
    """Gives an account another language.

    Args:
        stored: The accounts.
        now: The present.
        name: Of the account.
        language: Such as `de` or `de-AT`; "" is what the browser asks for.

    Raises:
        InputError: there is no such account, or we do not speak the language.
    """
    spoken = known(language)
    if language and not spoken:
        raise InputError.of(
            f"language {language!r}: expected one of {', '.join(LANGUAGES)}, or one with its"
            " country such as de-AT",
            key="user: language",
        )
    account = stored.known_account(name)
    before, after = (text or BY_BROWSER for text in (account.language, spoken))
    entry = entry_of(Change(now, f"language of {name}", before, after))
    stored.change_language(name, spoken, entry)


def change_email(stored: Accounts, now: datetime, name: str, email: str) -> None:
    """Gives an account another address for notices and a forgotten password; "" is none.

    Raises:
        InputError: there is no such account, or it is no address.
    """
    email = email.strip(" ")
    if problem := email_problem(email):
        raise InputError.of(problem, key="user: email")
    before = stored.known_account(name).email
    stored.change_email(name, email, entry_of(Change(now, f"e-mail of {name}", before, email)))


def remove_user(stored: Accounts, now: datetime, name: str) -> None:
    """Removes an account and ends its sessions; raises InputError."""
    account = stored.account(name)
    before = _of(*_now(account), account.sites) if account else ""
    stored.remove_account(name, entry_of(Change(now, f"user {name}", before, "removed")))


def add_token(
    stored: Accounts,
    now: datetime,
    name: str,
    role: Role,
    customers: tuple[str, ...],
    expires: datetime | None,
    sites: tuple[str, ...] = (),
) -> str:
    """Adds a token for a program; the secret, which is to be had only now.

    Raises:
        InputError: there is one of that name, or what is given will not do.
    """
    name = name.strip(" ").lower()  # a line break at its end is no part of a name: refused
    _check(name, role, customers, sites)
    if expires and expires <= now:
        raise InputError.of("expected a token that expires later than now", key="token: expires")
    secret = new_token()
    token = ApiToken(name, role, hash_of(secret), now, customers, expires, sites=sites)
    change = Change(now, f"token {name}", "", _of(role, customers, sites))
    stored.add_token(token, entry_of(change))
    return secret


def remove_token(stored: Accounts, now: datetime, name: str) -> None:
    """Removes a token; raises InputError."""
    token = next((token for token in stored.tokens() if token.name == name), None)
    before = _of(*_now(token), token.sites) if token else ""
    stored.remove_token(name, entry_of(Change(now, f"token {name}", before, "removed")))


def _check(name: str, role: Role, customers: tuple[str, ...], sites: tuple[str, ...]) -> None:
    for key, problem in (
        ("name", name_problem(name)),
        ("customers", customers_problem(role, customers)),
        ("sites", sites_problem(role, sites)),
    ):
        if problem:
            raise InputError.of(problem, key=f"user: {key}")


def _check_password(password: str, name: str, key: str) -> None:
    if problem := password_problem(password, name):
        raise InputError.of(problem, key=key)


def _now(one: Account | ApiToken) -> tuple[Role, tuple[str, ...]]:
    return one.role, one.customers


def _of(role: Role, customers: tuple[str, ...], sites: tuple[str, ...]) -> str:
    of = f"{role} of {', '.join(customers)}" if customers else role.value
    return f"{of} at {', '.join(sites)}" if sites else of
