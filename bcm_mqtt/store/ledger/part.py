"""Whose part of a ledger: that of one site, in the numbers of its seller."""

from dataclasses import dataclass
from typing import Final

from bcm_mqtt.domain.bill.statement import JOINT
from bcm_mqtt.store.database import Database, Repository


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """What a site has in a ledger, which may be that of several.

    Attributes:
        site: Id of the site; "" is the site whose database it is. An account that gets one bill
            over several sites has a part of its own: see `JointAccount.part`.
        seller: Number series of the seller: bills are numbered and chained in it, over all of
            its sites. "" is that of a site that names no seller.
        may_begin: Whether the series may begin although the site has bills of another one.
    """

    site: str = ""
    seller: str = ""
    may_begin: bool = True

    @property
    def is_joint(self) -> bool:
        """Whether it is that of an account, whose bills are over several sites."""
        return self.site.startswith(JOINT)


OWN: Final = LedgerPart()
"""That of the site whose database it is, and which names no seller."""


class PartRepository(Repository):
    """Queries about one kind of thing in a part of a ledger."""

    def __init__(self, database: Database, part: LedgerPart = OWN) -> None:
        """Takes the source of transactions."""
        super().__init__(database)
        self.part = part
