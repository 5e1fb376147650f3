"""PgBouncer in transaction mode: each transaction is on another connection to the server.

What the unit tests say of SQLite holds there, too, and so do the services.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from bcm_mqtt.store import Store
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.pgbouncer import PgBouncer
from peers.postgresql import PostgreSql
from peers.process import wait_until
from peers.site import Site
from unit.store.test_one_moment import *  # noqa: F403
from unit.store.test_quarantine import *  # noqa: F403

SETTINGS = ("TimeZone", "synchronous_commit")
OURS, THEIRS = ["UTC", "on"], ["Asia/Kathmandu", "off"]


@pytest.fixture(scope="module")
def bouncer() -> Iterator[PgBouncer]:
    server = PostgreSql(timezone=THEIRS[0], synchronous_commit=THEIRS[1])
    with server, PgBouncer(server) as running:
        yield running


@pytest.fixture
def url(bouncer: PgBouncer) -> str:
    return bouncer.url(bouncer.server.database())


def test_each_transaction_has_its_settings_and_leaves_none_to_others(
    store: Store, url: str
) -> None:
    for _ in range(20):
        with store.database.reading() as connection:
            found = [connection.execute(text(f"SHOW {name}")).scalar() for name in SETTINGS]
        assert found == OURS
    with closing(psycopg.connect(url.replace("+psycopg", ""), prepare_threshold=None)) as other:
        for _ in range(20):
            rows = [other.execute(f"SHOW {name}".encode()).fetchone() for name in SETTINGS]
            assert [value for (value,) in filter(None, rows)] == THEIRS
            other.commit()


def test_without_a_pooler_statements_are_prepared(bouncer: PgBouncer) -> None:
    with closing(Store(bouncer.server.database())) as direct:
        direct.database.ensure_schema()
        for _ in range(10):
            with direct.database.writing() as connection:  # a rollback forgets them
                connection.execute(text("SELECT CAST(:a AS int)"), {"a": 1})
        with direct.database.reading() as connection:
            prepared = "SELECT count(*) FROM pg_prepared_statements"
            assert connection.execute(text(prepared)).scalar()


def test_the_services_work(url: str, tmp_path: Path, mosquitto: Mosquitto, meters: Meters) -> None:
    with Site(tmp_path / "site", mosquitto.port, meters.port, database=url) as site:
        site.publish_months()
        recorder, bridge = site.start("recorder"), site.start("bridge")
        wait_until(lambda: ": connected" in recorder.said(), 60, recorder.said)
        wait_until(lambda: "bridge-dc1" in bridge.said(), 30, bridge.said)
        wait_until(lambda: '"panel"' in site.run("circuits", "list", "--format", "json"), 30)
        with closing(Store(url)) as store:

            def stored() -> int:
                with store.database.reading() as connection:
                    rows = connection.execute(text("SELECT count(*) FROM snapshot"))
                    return int(rows.scalar_one())

            wait_until(lambda: stored() >= 50, 60, recorder.said)
            with store.database.reading() as connection:
                numbers = text("SELECT max(seq) - min(seq) + 1 - count(*) FROM snapshot")
                assert connection.execute(numbers).scalar() == 0
        assert "rpp-1a" in site.run("db", "info")
        site.run("db", "rollup", "--rebuild")
        assert bridge.stop() == 0
        assert recorder.stop() == 0
        assert "database:" not in recorder.said()
