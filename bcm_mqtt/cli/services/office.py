"""`web --portfolio`: serves the page of all sites until a signal ends it."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

from bcm_mqtt.access.audit import audit_to
from bcm_mqtt.access.entrance import Entrance, Timeouts
from bcm_mqtt.cli.portfolio.home import home_of
from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from bcm_mqtt.cli.services.supervised import stop_on_signal
from bcm_mqtt.cli.services.web import live_of
from bcm_mqtt.cli.site import now, steady
from bcm_mqtt.cli.stored import replica_of, site_store
from bcm_mqtt.config.portfolio import Portfolio, PortfolioSite
from bcm_mqtt.errors import InputError
from bcm_mqtt.event_loop import in_loop
from bcm_mqtt.store import Accounts, Database, DatabaseAwayError
from bcm_mqtt.web import Ports
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.office.app import NoBridge, create_office_app
from bcm_mqtt.web.office.office import Office
from bcm_mqtt.web.office.site import OfficeSite
from bcm_mqtt.web.serving import listening, serve_app, tls_context

_LOG = logging.getLogger(__name__)


async def serving_office(portfolio: Portfolio, *, with_stdin: bool) -> None:
    """Serves the page until a signal ends it.

    Raises:
        InputError: its users would be stored nowhere, or others could reach it without any.
        WorkError: the address is not to be had.
    """
    settings = portfolio.web
    tls = settings.tls
    context = tls_context(tls.certificate, tls.key) if tls else None
    with closing(home_of(portfolio)) as home:
        accounts = Accounts(home)
        await asyncio.to_thread(_check_accounts, portfolio, home)
        listener = listening(settings.host, settings.port)
        loop, stop, notifier = asyncio.get_running_loop(), asyncio.Event(), Notifier()

        def end() -> None:
            notifier.stopping()
            loop.call_soon_threadsafe(stop.set)

        stop_on_signal(end, with_stdin=with_stdin)
        live = LiveSite(portfolio.name, now, lambda _: "", steady)
        timeouts = Timeouts(settings.idle, settings.longest)
        ports = Ports(
            live=live,
            bridge=NoBridge(),
            clock=now,
            zone=portfolio.zone,
            audit=audit_to(accounts),
            hosts=frozenset(settings.hosts),
            entrance=Entrance(accounts, now, timeouts, steady),
            proxies=settings.proxies,
            shares_users=True,
        )
        with _followed(portfolio, live) as office:
            _LOG.info("page: %s", settings.address)
            started = Event()
            started.set()
            connected = in_loop(loop, lambda: sum(one.broker for one in office.now()))

            def health() -> tuple[list[str], str]:
                return [], f"{connected()} of {len(portfolio.sites)} sites connected"

            with reporting_health(notifier, started, health):
                await serve_app(
                    create_office_app(ports, office),
                    listener,
                    stop,
                    office.look,
                    office.close,
                    context=context,
                    proxies=settings.proxies,
                )


@contextmanager
def _followed(portfolio: Portfolio, live: LiveSite) -> Iterator[Office]:
    """The sites, which are followed while the context is open.

    Their databases are not closed: a look may still wait for one, and this process ends.
    """
    office = Office(portfolio, [_site(one) for one in portfolio.sites.values()], live)
    office.start()
    try:
        yield office
    finally:
        office.stop()


def _site(of: PortfolioSite) -> OfficeSite:
    live, source = live_of(of.settings)
    store = site_store(of.settings, replica_of(of.settings))
    return OfficeSite(of, live, source, store, now, steady)


def _check_accounts(portfolio: Portfolio, home: Database) -> None:
    """Refuses to serve a page that others reach and nobody can log in to."""
    try:
        home.check_schema()
        has_accounts = Accounts(home).has_accounts()
    except DatabaseAwayError as error:
        if portfolio.web.is_reached_from_elsewhere:
            raise
        _LOG.warning("%s; nobody can log in before it is back", error)
        return
    if portfolio.web.is_reached_from_elsewhere and not has_accounts:
        message = (
            f"the page on {portfolio.web.host} is reached from other machines and has no users: "
            f"add one with bcm-mqtt web user add NAME --role admin --portfolio {portfolio.file}"
        )
        raise InputError.of(message, source=str(portfolio.file), key="web.host")
