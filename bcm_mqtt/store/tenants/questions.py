"""What customers asked about figures."""

from collections.abc import Collection

from sqlalchemy import func, insert, select, update

from bcm_mqtt.domain.bill.running.question import Question
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import question


class Questions(Repository):
    """The newest first; rows are added, and said what became of their mail."""

    def add(self, new: Question) -> int:
        """Stores a question, which whoever got no answer may repeat; returns its number."""
        row = {
            "customer": new.customer,
            "at": new.at,
            "who": new.who,
            "month": str(new.month),
            "figure": new.figure,
            "text": new.text,
            "explanation": new.explanation,
            "fate": new.fate,
            "why": new.why,
        }
        with self._database.writing() as connection:
            lock(connection, question)
            same = (question.c[name] == row[name] for name in ("customer", "at", "who", "text"))
            if stored := connection.execute(select(question.c.id).where(*same)).scalar():
                return int(stored)
            last = connection.execute(select(func.max(question.c.id))).scalar() or 0
            connection.execute(insert(question), {**row, "id": last + 1})
        return int(last) + 1

    def mailed(self, number: int, fate: str, why: str = "") -> None:
        """What became of the mail of a question."""
        chosen = update(question).where(question.c.id == number)
        with self._database.writing() as connection:
            connection.execute(chosen.values(fate=fate, why=why))

    def newest(
        self, limit: int, customers: Collection[str] | None = None
    ) -> list[tuple[int, Question]]:
        """The newest with their numbers, of some customers; None is all."""
        query = select(question).order_by(question.c.id.desc()).limit(limit)
        if customers is not None:
            query = query.where(question.c.customer.in_(sorted(customers)))
        with self._database.reading() as connection:
            return [
                (
                    row.id,
                    Question(
                        row.customer,
                        row.at,
                        row.who,
                        Month.parse(row.month),
                        row.figure,
                        row.text,
                        row.explanation,
                        row.fate,
                        row.why,
                    ),
                )
                for row in connection.execute(query)
            ]
