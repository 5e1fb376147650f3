"""What customers call their circuits; each sees his own alone."""

from sqlalchemy import delete, insert, select

from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import circuit_name


class CircuitNames(Repository):
    """By customer, panel and circuit."""

    def of(self, customer: str) -> dict[tuple[str, str], str]:
        """A customer's, by panel and the text of the circuit's id."""
        column = circuit_name.c
        query = select(column.panel, column.circuit, column.name).where(column.customer == customer)
        with self._database.reading() as connection:
            return {(row.panel, row.circuit): row.name for row in connection.execute(query)}

    def put(self, customer: str, panel: str, circuit: CircuitId, name: str) -> None:
        """Stores what a customer calls a circuit; "" removes it."""
        key = {"customer": customer, "panel": panel, "circuit": str(circuit)}
        with self._database.writing() as connection:
            lock(connection, circuit_name)
            same = (circuit_name.c[column] == value for column, value in key.items())
            connection.execute(delete(circuit_name).where(*same))
            if name:
                connection.execute(insert(circuit_name), {**key, "name": name})
