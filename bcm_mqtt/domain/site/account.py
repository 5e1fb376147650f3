"""Who may use the page: accounts of people, tokens of programs, and the log of what they did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from re import fullmatch
from typing import Final

from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.domain.printable import has_controls

ON_THIS_MACHINE: Final = "local"
"""Name of whoever is on the machine of a site that has no accounts; nobody else's."""


_LONGEST_EMAIL: Final = 254
"""Characters, as of RFC 5321."""


class Role(StrEnum):
    """What somebody is to the site; docs/access.md says what each may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    BILLING = "billing"
    ADMIN = "admin"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may log in.

    Attributes:
        name: As it is typed, in lower case.
        role: Of the person.
        password_hash: By Argon2id, with its parameters.
        made: When it was added, UTC.
        customers: Whose circuits and bills the person sees, where the role is customer.
        language: In which the person reads, such as `de-AT`; "" is what the browser asks for.
        sites: Ids of those that the person sees where several sites share accounts; none is all.
        email: Address for notices and for a forgotten password, or "".
    """

    name: str
    role: Role
    password_hash: str
    made: datetime
    customers: tuple[str, ...] = ()
    language: str = ""
    sites: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program that may send requests.

    Attributes:
        name: What it is for.
        role: Of the program.
        sha256: Of the token, hexadecimal; the token itself is stored nowhere.
        made: When it was added, UTC.
        customers: As of an account.
        expires: From when on it is worth nothing, UTC; None is never.
        last_used: UTC, to some minutes; None is never.
        sites: As of an account.
    """

    name: str
    role: Role
    sha256: str
    made: datetime
    customers: tuple[str, ...] = ()
    expires: datetime | None = None
    last_used: datetime | None = None
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has logged in.

    Attributes:
        sha256: Of the secret in its cookie, hexadecimal.
        account: Name of the account.
        begun: When it logged in, UTC.
        last_used: UTC, to some minutes.
    """

    sha256: str
    account: str
    begun: datetime
    last_used: datetime


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A link that was mailed to whoever has forgotten a password; it is good once.

    Attributes:
        sha256: Of the secret in the link, hexadecimal.
        account: Name of the account.
        expires: From when on it is worth nothing, UTC.
    """

    sha256: str
    account: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that somebody changed; it is never changed itself, nor deleted.

    Attributes:
        at: When, UTC.
        who: Name of the account or token, or what stands for one.
        address: From where, or "".
        what: In words, such as `circuit rpp-1a 3`.
        before: As it was, in words.
        after: As it was requested.
        site: Id of the site of whose page, in a database of several; "" else.
    """

    at: datetime
    who: str
    address: str
    what: str
    before: str
    after: str
    site: str = ""


def name_problem(name: str) -> str:
    """What is wrong with the name of an account or token, or ""."""
    if name == ON_THIS_MACHINE:
        return f"name {name!r}: the audit log calls those so who need no account: expected another"
    if fullmatch(r"[a-z0-9][a-z0-9._@-]{0,63}", name):
        return ""
    return f"name {name!r}: expected up to 64 of a-z, 0-9, ., _, @ and -"


def email_problem(email: str) -> str:
    """What is wrong with the address of an account, or ""; "" is none."""
    domain = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
    if not email or (
        len(email) <= _LONGEST_EMAIL
        and fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@" + domain, email)
    ):
        return ""
    return f"e-mail {email[:80]!r}: expected an address such as anna@example.com, or nothing"


def customers_problem(role: Role, customers: tuple[str, ...]) -> str:
    """What is wrong with the customers of an account or token, or ""."""
    if role is Role.CUSTOMER and not all(customer.strip() for customer in customers or ("",)):
        return "role customer: expected the customer whose circuits and bills are to be seen"
    if any(map(has_controls, customers)):
        return "role customer: expected customers without control characters"
    if role is not Role.CUSTOMER and customers:
        return f"role {role} sees all customers: expected none with it"
    return ""


def sites_problem(role: Role, sites: tuple[str, ...]) -> str:
    """What is wrong with the sites to which an account or token is limited, or ""."""
    if role is Role.ADMIN and sites:
        return "role admin: who adds users could lift any limit: expected no sites with it"
    if wrong := next((site for site in sites if not is_identifier(site)), None):
        return f"site {wrong!r}: expected {EXPECTED}"
    return ""
