"""A site that fills its pages: long names, tied breakers, alarms, a silent panel, a past."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import httpx

from bcm_mqtt.domain.allocation.entered import Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.store import Store
from bcm_mqtt.web.access.roles import declared_routes
from bcm_mqtt.web.app import with_routes
from e2e.conftest import Served, page_served
from peers.process import wait_until
from peers.site import Site
from unit.builders import NEW_YORK, polled
from unit.web.conftest import page_of

PANEL, CUSTOMER = "rpp-1a", "Acme"
INVOICE = Invoice(
    *("Grid Co", "0047", date(2026, 3, 1), date(2026, 4, 1), "USD"),
    (InvoiceComponent("Energy at the price of the market, with losses", Decimal("1500.10")),),
    kwh=Decimal(10_000),
)
_QUERIES = {
    "/billing/invoices/one": "?supplier=Grid%20Co&number=0047",
    "/billing/{month}/bill": f"?customer={CUSTOMER}",
    "/billing/{month}/explain": f"?customer={CUSTOMER}&line=1",
    "/billing/{month}/intervals": f"?panel={PANEL}&pole=1",
    "/home": f"?customer={CUSTOMER}",
    "/home/explain": f"?customer={CUSTOMER}&figure=forecast",
}
_CIRCUITS = {
    1: ("1", "Acme-web front end and reverse proxy in rack 12 of row C", 20),
    2: ("2+4", "Acme-database cluster", 20),
    3: ("3", "Globex-Wechselrichter-Batteriespeicherladegerät", 20),
    6: ("6+8+10", "Globex-chiller", 15),
    5: ("5+7", "Initech-a long description of a breaker with two poles", 15),
    9: ("9+11+13", "Initech-CRAC", 20),
    12: ("12", "", 20),
}
_FORMULAS = """panel,id,members,description,customer,valid_from
rpp-1a,f-common-areas-of-the-second-floor,rpp-1a:12 + rpp-2-north:1 + rpp-2-north:2 - rpp-1a:15,,,
rpp-1a,f-rest,rpp-1a:12,Globex-Wechselrichter-Batteriespeicherladegerät im Keller,,
rpp-1a,f-later,rpp-1a:1 - rpp-1a:2 + rpp-1a:3 + rpp-1a:6,,,9000-12-31
"""
_TIED = {4, 8, 10, 7, 11, 13, 14}  # 14 is a space


def amps(pole: int) -> float:
    """Above the rating, above its warning, and in between more than 99.9 A."""
    return 117.5 if pole % 7 == 0 else 25 if pole % 3 == 0 else 17


def _prepare(site: Site) -> None:
    text = site.config.read_text()
    site.config.write_text(
        text.replace(
            "service: 120/208}",
            "service: 230/400, main_rating: 225, feed: A}\n"
            "  rpp-2-north: {name: RPP 2 North wing behind the lifts, gateway: gw, profile: bg08, "
            "service: 277/480, first_unit_id: 17, main_rating: 400}",
        )
    )
    rows = [f"rpp-1a,{poles},{text},{rating}" for poles, text, rating in _CIRCUITS.values()]
    others = set(range(1, 49)) - _CIRCUITS.keys() - _TIED
    rows += [f"rpp-1a,{pole},Customer1-{pole},20" for pole in sorted(others)]
    rows += [f"rpp-2-north,{pole},Hooli-{pole},20" for pole in range(1, 25)]
    site.write_circuits(rows)
    (site.folder / "formulas.csv").write_text(_FORMULAS)
    present = datetime.now(UTC)
    store = Store(site.database)
    store.database.ensure_schema()
    begin = present.replace(minute=0, second=0, microsecond=0) - timedelta(days=10)
    milliamps: list[int | None] = [round(1000 * amps(pole)) for pole in range(1, 49)]
    store.arrivals.add(polled(begin, present - timedelta(days=5), milliamps))
    milliamps[0] = milliamps[4] = None  # findings: an outage, and two transformers that are lost
    store.arrivals.add(polled(present - timedelta(days=4), present, milliamps))
    store.invoices.enter([INVOICE], Entry("A. Bookkeeper", "", present))
    while store.roll_up.intervals():
        pass
    store.close()


def _processed(running: Served) -> None:
    """The present month, so that the pages of its bills are full, too."""
    month = f"api/v1/billing/months/{datetime.now(NEW_YORK):%Y-%m}"
    with httpx.Client(base_url=running.url, timeout=60) as page:

        def state() -> str:
            return str((page.get(f"{month}/run").json() or {}).get("state"))

        headers = {"Origin": running.url.rstrip("/")}
        page.post(f"{month}/process", json={}, headers=headers).raise_for_status()
        wait_until(lambda: state() not in ("None", "running"), 60, state)
        assert state() == "done"


@contextmanager
def busy_site(folder: Path) -> Iterator[Served]:
    """It serves its page, with alarms a moment later; its month is processed."""
    with page_served(folder, _prepare, amps) as running:
        _processed(running)
        yield running


def page_paths() -> list[str]:
    """Of every route that answers with a page; one with a parameter of its own has to be named."""
    month = datetime.now(NEW_YORK).strftime("%Y-%m")
    given = {"panel": PANEL, "pole": "1", "customer": CUSTOMER, "month": month, "language": "de"}
    routes = {
        route.path
        for route in declared_routes(with_routes(page_of().ports))
        if route.method == "GET" and not re.match("/(events/|api/v1/)", route.path)
    }
    return sorted(
        re.sub(r"{(\w+)}", lambda found: quote(given[found[1]]), path[1:]) + _QUERIES.get(path, "")
        for path in routes
    )
