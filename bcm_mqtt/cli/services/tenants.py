"""What the page mails to tenants: links of forgotten passwords, overloads, budgets."""

from collections.abc import Callable, Collection, Sequence

from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.password_resets import GOOD_FOR, ForgottenPasswords
from bcm_mqtt.billing.tenant.budget_notes import BudgetNotes, users_of
from bcm_mqtt.billing.tenant.post import Note
from bcm_mqtt.billing.tenant.reset_note import reset_note
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.cli.site import now
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.alarms.groups import SiteAlarm
from bcm_mqtt.domain.alarms.notices import Site
from bcm_mqtt.domain.site.account import Account
from bcm_mqtt.notifications.tenants import Addressee, TenantNotices
from bcm_mqtt.store import Store


def forgotten_passwords(
    settings: Settings, entrance: Entrance, access: Store, tenancy: Tenancy
) -> ForgottenPasswords | None:
    """What mails links to those who have forgotten a password; None where it cannot."""
    if settings.mail is None or not settings.web.url:
        return None

    def mail(account: Account, secret: str) -> None:
        link, language = f"{settings.web.url}reset#{secret}", settings.terms.language
        tenancy.post.send(reset_note(account, settings.site.name, link, GOOD_FOR, language))

    return ForgottenPasswords(entrance, access.password_resets, mail)


def tenant_notices(
    settings: Settings,
    tenancy: Tenancy,
    access: Store,
    alarms: Callable[[], Sequence[SiteAlarm]],
    site: Callable[[], Site],
) -> TenantNotices | None:
    """What mails overloads and budgets to tenants; None where no mail can be sent."""
    if settings.mail is None:
        return None
    budgets, language = tenancy.stored.budgets, settings.terms.language

    def customers() -> Collection[str]:
        return [customer for customer, one in budgets.all().items() if one.breakers]

    def addressees(customer: str) -> Sequence[Addressee]:
        users = users_of(access.accounts, customer)
        return [Addressee(user.email, user.language or language) for user in users]

    return TenantNotices(
        customers,
        alarms,
        site,
        addressees,
        lambda to, subject, text: tenancy.post.send(Note((to,), subject, f"{text}\n")),
        BudgetNotes(
            homes=tenancy.homes,
            tenants=tenancy.stored,
            accounts=access.accounts,
            send=tenancy.post.send,
            clock=now,
            site=settings.site.name,
            link=settings.web.url,
            language=language,
        ),
        now,
    )
