"""`web`: serves the page until a signal ends it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import Final

import click

from bcm_mqtt.access.audit import audit_to
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.billing.issue.issued import readable_bill
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.cli.late import LateGroup
from bcm_mqtt.cli.portfolio.choosing import PORTFOLIO, portfolio_option
from bcm_mqtt.cli.services.log import LogFormat, log_notes, log_options, log_to_stderr
from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from bcm_mqtt.cli.services.replica import ReplicaHealth
from bcm_mqtt.cli.services.supervised import stop_on_signal, with_stdin_option
from bcm_mqtt.cli.services.tenants import forgotten_passwords, tenant_notices
from bcm_mqtt.cli.site import config_option, now, run_async, steady
from bcm_mqtt.cli.stored import replica_of, site_store
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.portfolio import load_portfolio
from bcm_mqtt.domain.alarms.groups import SiteAlarm
from bcm_mqtt.domain.alarms.notices import Site
from bcm_mqtt.errors import InputError
from bcm_mqtt.event_loop import in_loop
from bcm_mqtt.history.stored import StoredLook
from bcm_mqtt.notifications import Notifications, receiver_of
from bcm_mqtt.notifications.bills import BillNews
from bcm_mqtt.notifications.tenants import TenantNotices
from bcm_mqtt.setup.changing import Configuration
from bcm_mqtt.store import DatabaseAwayError, Store
from bcm_mqtt.web import Ports, create_app
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.alarms import panel_names, site_alarms, supply_of
from bcm_mqtt.web.live.source import MqttSource
from bcm_mqtt.web.serving import listening, serve, tls_context

_LOG = logging.getLogger(__name__)


_ACCOUNTS: Final = {
    "audit": (
        "page_accounts",
        "List what was changed on the page, by whom and from where; the oldest first.",
    ),
    "token": ("page_accounts", "Look after the tokens by which programs use the API."),
    "user": ("page_accounts", "Look after the people who may log in."),
}


@click.group(
    cls=LateGroup, late=_ACCOUNTS, invoke_without_command=True, epilog="Example: bcm-mqtt web"
)
@click.pass_context
@config_option
@portfolio_option
@log_options
@with_stdin_option
def web(
    context: click.Context,
    config: Path,
    portfolio: Path | None,
    verbose: bool,
    log_format: LogFormat,
    with_stdin: bool,
) -> None:
    """Serve the breaker panels, live and editable, as a web page.

    With --portfolio a page of all its sites: how each is, a search over all, statements.
    """
    if context.invoked_subcommand:
        context.find_root().obj = config  # `web -c FILE user list` means it, too
        context.meta[PORTFOLIO] = portfolio
        return
    log_to_stderr(verbose=verbose, log_format=log_format)
    if portfolio:
        # Not at the top: the page of one site carries nothing of it.
        from bcm_mqtt.cli.services.office import serving_office  # noqa: PLC0415

        run_async(serving_office(load_portfolio(portfolio), with_stdin=with_stdin))
        return
    settings = load(config)
    if not with_stdin:
        log_notes(settings)
    run_async(_serving(settings, with_stdin=with_stdin))


def _entrance(settings: Settings, access: Store) -> Entrance:
    timeouts = Timeouts(settings.web.idle, settings.web.longest)
    return Entrance(access.accounts, now, timeouts, steady, settings.site.id)


async def _serving(settings: Settings, *, with_stdin: bool) -> None:
    tls = settings.web.tls
    context = tls_context(tls.certificate, tls.key) if tls else None
    replica = replica_of(settings)
    with (
        closing(site_store(settings)) as access,
        closing(site_store(settings, replica).looking()) as store,
        closing(site_store(settings, replica)) as bills,
    ):
        await asyncio.to_thread(_check_accounts, settings, access)
        listener = listening(settings.web.host, settings.web.port)
        loop, stop, notifier = asyncio.get_running_loop(), asyncio.Event(), Notifier()

        def end() -> None:
            notifier.stopping()
            loop.call_soon_threadsafe(stop.set)

        stop_on_signal(end, with_stdin=with_stdin)
        live, source = live_of(settings)
        notifications = _notifications(settings, live)
        entrance, tenancy = _entrance(settings, access), Tenancy.of(bills, settings, now, steady)
        notices = tenant_notices(settings, tenancy, access, *_alarms_of(settings, live))
        ports = Ports(
            live=live,
            bridge=source,
            clock=now,
            zone=settings.site.zone,
            audit=audit_to(access.accounts),
            stored=_stored(settings, store),
            billing=SiteBilling(bills, settings, now, look=bills.looking()),
            hosts=frozenset(settings.web.hosts),
            entrance=entrance,
            proxies=settings.web.proxies,
            past=store,
            notifications=notifications,
            phase_colours=settings.site.phase_colours,
            shares_users=access.has_home,
            configuration=Configuration(settings.file, now),
            forgotten=forgotten_passwords(settings, entrance, access, tenancy),
            tenancy=tenancy,
        )
        _LOG.info("page: %s", settings.web.address)
        connections = in_loop(loop, lambda: source.health)
        followed = ReplicaHealth(store.database.replica_state)

        def health() -> tuple[list[str], str]:
            # A broker that is away is waited for; a page that no longer answers is restarted.
            return [], f"{connections()}, {len(live.panels)} panels{followed()}"

        with reporting_health(notifier, _begun(), health):
            async with _running(notifications, notices, _bill_news(settings, bills)):
                await serve(
                    create_app(ports),
                    live,
                    source,
                    listener,
                    stop,
                    context=context,
                    proxies=settings.web.proxies,
                )


def _begun() -> Event:
    """Set: the page serves at once, and waits for nothing."""
    event = Event()
    event.set()
    return event


def _stored(settings: Settings, store: Store) -> StoredLook:
    return StoredLook(store.figures, settings.site.zone, now, steady, settings.current_read)


def live_of(settings: Settings) -> tuple[LiveSite, MqttSource]:
    """A site as it will be known live, and what brings it once it is started."""
    live = LiveSite(settings.site.name, now, settings.terms.rule.customer_of, steady)
    client_id = f"bcm-web-{settings.site.id}-{token_hex(4)}"  # there may be several
    return live, MqttSource(live, settings.mqtt.broker, settings.mqtt.topics, client_id, now)


def _notifications(settings: Settings, live: LiveSite) -> Notifications | None:
    """What people are sent about the live site; None where nobody is to be."""
    if not settings.notifications.receivers:
        return None
    return Notifications(settings.notifications, *_alarms_of(settings, live), now)


def _alarms_of(
    settings: Settings, live: LiveSite
) -> tuple[Callable[[], tuple[SiteAlarm, ...]], Callable[[], Site]]:
    """What gives the alarms of the live site, and what messages say of it."""
    zone = settings.site.zone
    return (
        lambda: tuple(site_alarms(live)),
        lambda: Site(live.name, zone, supply_of(live), panel_names(live)),
    )


def _bill_news(settings: Settings, store: Store) -> BillNews | None:
    """What sends issued bills; None where nobody gets them."""
    named, receivers = settings.notifications.issued_bills, settings.notifications.receivers
    if not named:
        return None
    return BillNews(
        {name: (receiver_of(receivers[name]), receivers[name]) for name in named},
        lambda since: [readable_bill(entry) for entry in store.bills.issued_since(since)],
        store.mails,
        settings.issuer,
        now,
    )


@asynccontextmanager
async def _running(
    *senders: Notifications | TenantNotices | BillNews | None,
) -> AsyncIterator[None]:
    """Sends notifications while the context is open."""
    tasks = [asyncio.create_task(one.run()) for one in senders if one]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def _check_accounts(settings: Settings, store: Store) -> None:
    """Refuses to serve a page that others reach and nobody can log in to."""
    try:
        store.database.ensure_schema()
        if store.has_home:
            store.ledger.database.check_schema()
    except DatabaseAwayError as error:
        if settings.web.is_reached_from_elsewhere:
            raise
        _LOG.warning("%s; nobody can log in before it is back", error)
        return
    if settings.web.is_reached_from_elsewhere and not store.accounts.has_accounts():
        message = (
            f"the page on {settings.web.host} is reached from other machines and has no users: "
            "add one with bcm-mqtt web user add NAME --role admin"
        )
        raise InputError.of(message, source=str(settings.file), key="web.host")
