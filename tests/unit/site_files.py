"""A site's configuration files in a folder, for the tests of what reads them."""

from collections.abc import Iterable
from pathlib import Path

_MAIN = """\
site: {{id: dc1, name: Data Center 1, time_zone: America/New_York, currency: USD}}
mqtt: {{host: 127.0.0.1, port: 1883{mqtt}}}
database: {{url: "{database}"}}
bridge: {{data: "{folder}/bridge"}}
gateways:
  babel-1: {{host: 127.0.0.1, port: 502}}
panels:
  rpp-1a: {{name: RPP 1A, gateway: babel-1, service: 120/208, main_rating: 225}}
  rpp-1b: {{name: RPP 1B, gateway: babel-1, first_unit_id: 9, poles: 12}}
customers: customers.yaml
tariffs: tariffs.yaml
billing: {{default_tariff: standard}}
"""
TARIFFS = """\
tariffs:
  standard:
    versions:
      - {valid_from: 2026-01-01, energy: 0.1185}
"""
CUSTOMERS = "customers: {Customer1: {name: 'Customer One, Inc.'}}\n"
CIRCUITS = (
    "rpp-1a,1,Customer1-A-1,20,",
    "rpp-1a,3+5,Customer2-A-1,30,",
    "rpp-1a,7,,20,",
    "rpp-1b,1,Customer1-B-1,20,",
)


def database_url(folder: Path) -> str:
    """Of the database that the written configuration names."""
    return f"sqlite:///{folder}/bcm.db"


def write_site(
    folder: Path,
    *,
    circuits: Iterable[str] | None = CIRCUITS,
    mqtt: str = "",
    database: str | None = None,
) -> Path:
    """Writes a site of two panels behind one gateway; returns its main file.

    Args:
        folder: To write to.
        circuits: Rows of circuits.csv: panel, poles, description, rating, valid_from. None
            writes no such file: of circuits that a test stores as from a bridge elsewhere.
        mqtt: More keys of `mqtt`, such as `retain: false`.
        database: Its URL, or the default's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    main = folder / "bcm.yaml"
    main.write_text(
        _MAIN.format(
            folder=folder,
            mqtt=f", {mqtt}" if mqtt else "",
            database=database or database_url(folder),
        )
    )
    (folder / "tariffs.yaml").write_text(TARIFFS)
    (folder / "customers.yaml").write_text(CUSTOMERS)
    if circuits is None:
        (folder / "circuits.csv").unlink(missing_ok=True)
        return main
    rows = ["panel,poles,description,rating,valid_from", *circuits]
    (folder / "circuits.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return main
