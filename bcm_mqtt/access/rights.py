"""Rights, the roles that have them, and who somebody is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.site import account
from bcm_mqtt.domain.site.account import Role


class Right(StrEnum):
    """What a route may need; each needs one."""

    LOG_IN = "log in"
    """To be somebody: to log out, to change one's own password."""
    SEE_CIRCUITS = "see circuits"
    """Circuits and customers and their history; a customer sees his own, at their times."""
    SEE_SITE = "see the site"
    """All panels as they are now, alarms, health."""
    OPERATE = "operate"
    """To edit circuits and alarm limits, to acknowledge and shelve alarms."""
    SEE_BILLS = "see bills"
    """Issued bills; a customer sees his own."""
    BILL = "bill"
    """To process, issue and revise bills, to edit intervals, to release what is held; customers and
    tariffs."""
    ADMINISTER = "administer"
    """Accounts, tokens, the audit log; gateways, panels, the whole configuration."""


_ANYBODY: Final = frozenset({Right.LOG_IN, Right.SEE_CIRCUITS})
_VIEWER: Final = _ANYBODY | {Right.SEE_SITE}
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _VIEWER | {Right.OPERATE},
    Role.BILLING: _VIEWER | {Right.SEE_BILLS, Right.BILL},
    Role.ADMIN: frozenset(Right),
    Role.CUSTOMER: _ANYBODY | {Right.SEE_BILLS},
}
"""Billing has no say over breakers, nor an operator over money: whoever could do both could
move energy from one bill to another alone."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who may do something.

    Attributes:
        name: Of the account or token.
        role: What it may do.
        customers: Whose circuits and bills a customer sees.
        csrf: What a change of a browser's session must carry; "" where there is no session.
        account: Whether it is a person who has logged in.
        language: Of the account; "" where none was chosen.
        sites: Ids of those that it sees, where several sites share accounts; none is all.
    """

    name: str
    role: Role
    customers: frozenset[str] = frozenset()
    csrf: str = ""
    account: bool = False
    language: str = ""
    sites: frozenset[str] = frozenset()

    def may(self, right: Right) -> bool:
        """Whether it has a right."""
        return right in RIGHTS[self.role]

    def sees_site(self, site: str) -> bool:
        """Whether anything of a site is shown."""
        return not self.sites or site in self.sites

    @property
    def sees_only(self) -> frozenset[str] | None:
        """The customers whose circuits and bills are to be shown; None is everybody."""
        return self.customers if self.role is Role.CUSTOMER else None

    def sees(self, customer: str) -> bool:
        """Whether a customer's circuits and bills are shown; "" is unallocated."""
        return self.sees_only is None or customer in self.sees_only


ON_THIS_MACHINE: Final = Who(account.ON_THIS_MACHINE, Role.ADMIN)
"""Whoever is on the machine of a site that has no accounts."""


def roles_with(right: Right) -> str:
    """The roles that have a right, for a sentence: `operator or admin`."""
    return " or ".join(role.value for role in Role if right in RIGHTS[role])
