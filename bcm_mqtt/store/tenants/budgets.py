"""Budgets of customers, and which of their alarms were mailed."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, insert, select

from bcm_mqtt.domain.bill.running.budget import Budget, BudgetNotice
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import budget, budget_notice


class Budgets(Repository):
    """By customer."""

    def all(self) -> dict[str, Budget]:
        """All that there are."""
        with self._database.reading() as connection:
            return {
                row.customer: Budget(_amount(row.kwh), _amount(row.money), bool(row.breakers))
                for row in connection.execute(select(budget))
            }

    def of(self, customer: str) -> Budget:
        """A customer's; one about nothing where it has none."""
        query = select(budget).where(budget.c.customer == customer)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return Budget(_amount(row.kwh), _amount(row.money), bool(row.breakers)) if row else Budget()

    def put(self, customer: str, new: Budget) -> None:
        """Stores a customer's; what is mailed of the old one may be mailed again."""
        row = {
            "customer": customer,
            "kwh": _text(new.kwh),
            "money": _text(new.money),
            "breakers": int(new.breakers),
        }
        with self._database.writing() as connection:
            lock(connection, budget)
            for table in (budget, budget_notice):
                connection.execute(delete(table).where(table.c.customer == customer))
            if not new.is_none:
                connection.execute(insert(budget), row)

    def noticed(self, month: Month) -> frozenset[BudgetNotice]:
        """What was mailed of a month."""
        query = select(budget_notice).where(budget_notice.c.month == str(month))
        with self._database.reading() as connection:
            return frozenset(
                BudgetNotice(row.customer, month, row.kind, row.percent)
                for row in connection.execute(query)
            )

    def notice(self, notice: BudgetNotice, at: datetime) -> None:
        """Notes that an alarm was mailed; the first time counts."""
        key = {
            "customer": notice.customer,
            "month": str(notice.month),
            "kind": notice.kind,
            "percent": notice.percent,
        }
        with self._database.writing() as connection:
            lock(connection, budget_notice)
            same = [budget_notice.c[column] == value for column, value in key.items()]
            if not connection.execute(select(budget_notice.c.at).where(*same)).first():
                connection.execute(insert(budget_notice), {**key, "at": at})


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"
