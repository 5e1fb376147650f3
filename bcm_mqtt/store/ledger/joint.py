"""Customers of a site whose bills are part of one over several sites, as the office has noted."""

from collections.abc import Mapping

import orjson
from sqlalchemy import delete, insert, select

from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import setting


class JointCustomers(PartRepository):
    """Account by customer, where the books are: so that the site does not bill them by itself."""

    def note(self, accounts: Mapping[str, str]) -> None:
        """Notes the customers of the site, instead of those that were noted before."""
        with self._database.writing() as connection:
            connection.execute(delete(setting).where(setting.c.name == self._name))
            if accounts:
                value = orjson.dumps(accounts, option=orjson.OPT_SORT_KEYS).decode()
                connection.execute(insert(setting), {"name": self._name, "value": value})

    def all(self) -> dict[str, str]:
        """Id of the account by that of the customer."""
        with self._database.reading() as connection:
            query = select(setting.c.value).where(setting.c.name == self._name)
            noted: dict[str, str] = orjson.loads(connection.execute(query).scalar() or "{}")
        return noted

    @property
    def _name(self) -> str:
        return f"joint customers {self.part.site}"
