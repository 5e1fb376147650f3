"""The example of a portfolio with a measured March at each of its three sites."""

from contextlib import closing
from pathlib import Path

from bcm_mqtt.config.portfolio import load_portfolio
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NOON, polled
from unit.portfolio_files import SITES, write_portfolio

MARCH = Month(2026, 3)
MILLIAMPS = {"dc1": 10_000, "dc2": 12_000, "dc3": 7_000}
"""Of each pole, all month."""


def write_measured_portfolio(folder: Path, *changes: tuple[str, str]) -> Path:
    """The example, each site's panel measured on six poles through its own March.

    Args:
        folder: To write to.
        changes: Texts of portfolio.yaml to replace, such as where a database is.
    """
    file = write_portfolio(folder, *changes)
    for place in (folder, *(folder / site for site in SITES)):
        (place / "data").mkdir()
    portfolio = load_portfolio(file)
    with closing(Store(portfolio.home_url)) as home:
        home.database.ensure_schema()
    for key, site in portfolio.sites.items():
        settings = site.settings
        with closing(Store(settings.database_url)) as store:
            store.database.ensure_schema()
            bounds = MARCH.bounds(settings.site.zone)
            store.arrivals.add(polled(*bounds, [MILLIAMPS[key]] * 6, poll_ms=3_600_000))
            while store.roll_up.intervals():
                pass
            for item in settings.directories.values():
                store.directories.add(item, encode_directory(item), NOON)
    return file
