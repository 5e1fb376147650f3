"""Notes that a budget is nearly or wholly used up: each is mailed once in a month."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bcm_mqtt.billing.pages.words import money, number
from bcm_mqtt.billing.tenant.home import Homes
from bcm_mqtt.billing.tenant.post import Note
from bcm_mqtt.domain.bill.running.budget import BudgetAlarm, BudgetNotice, budget_alarms
from bcm_mqtt.domain.site.account import Account, Role
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.languages import _, percent, speaking
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.store import Accounts, Tenants


def users_of(accounts: Accounts, customer: str) -> tuple[Account, ...]:
    """The users of a customer who have an address."""
    return tuple(
        account
        for account in accounts.accounts()
        if account.role is Role.CUSTOMER and customer in account.customers and account.email
    )


@dataclass(frozen=True, slots=True)
class BudgetNotes:
    """Mails what budgets are used up.

    Attributes:
        homes: With the running month.
        tenants: With the budgets.
        accounts: Of customers.
        send: Sends a note; raises WorkError, and then it is sent again the next time.
        clock: The present.
        site: Name of the site.
        link: To the page, or "".
        language: Of users that have chosen none.
    """

    homes: Homes
    tenants: Tenants
    accounts: Accounts
    send: Callable[[Note], None]
    clock: Clock
    site: str
    link: str
    language: str

    def __call__(self) -> None:
        """Mails what was not mailed yet; nothing is computed where there is no budget."""
        budgets = {
            customer: one
            for customer, one in self.tenants.budgets.all().items()
            if one.kwh is not None or one.money is not None
        }
        if not budgets:
            return
        for customer, bill in self.homes.running().items():
            if (budget := budgets.get(customer)) is None:
                continue
            noticed = self.tenants.budgets.noticed(bill.month)
            for alarm in budget_alarms(budget, bill.kwh, bill.amount if bill.priced else None):
                notice = BudgetNotice(customer, bill.month, alarm.kind, alarm.percent)
                if notice not in noticed:
                    self._mail(notice, alarm, bill.currency)

    def _mail(self, notice: BudgetNotice, alarm: BudgetAlarm, currency: str) -> None:
        users = users_of(self.accounts, notice.customer)
        for account in users:
            with speaking(account.language or self.language):
                text = f"{budget_sentence(alarm, notice.month, currency)}\n"
                subject = _("%(site)s: %(share)s of your budget", site=self.site, share=_of(alarm))
            link = (f"\n{self.link}home\n",) if self.link else ()
            self.send(Note((account.email,), subject, "".join((text, *link))))
        if users:  # who has no address yet is mailed as soon as there is one
            self.tenants.budgets.notice(notice, self.clock())


def budget_sentence(alarm: BudgetAlarm, month: Month, currency: str) -> str:
    """What an alarm of a budget says, in the reader's words."""
    amounts: Sequence[str] = [
        f"{number(one)} kWh" if alarm.kind == "kwh" else money(one, currency)
        for one in (alarm.used, alarm.limit)
    ]
    if alarm.percent < 100:
        return _(
            "%(used)s of the budget of %(limit)s for %(month)s are used: %(share)s or more.",
            used=amounts[0],
            limit=amounts[1],
            month=month_text(month.first_day),
            share=_of(alarm),
        )
    return _(
        "The budget of %(limit)s for %(month)s is used up: %(used)s so far.",
        used=amounts[0],
        limit=amounts[1],
        month=month_text(month.first_day),
    )


def _of(alarm: BudgetAlarm) -> str:
    return percent(alarm.percent, 0)
