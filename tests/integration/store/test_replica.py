"""A replica is read for pages and reports; it says how far it is behind."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.store import BillingStore, Database, Replica, Store
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import wait_until
from peers.site import Site
from peers.systemd import Systemd
from unit.builders import NOON, QUARTER, polled
from unit.store.test_entries import ENTRY

SECOND = timedelta(seconds=1)
SPAN = "rpp-1a", NOON, NOON + QUARTER


@pytest.fixture(scope="module")
def primary() -> Iterator[PostgreSql]:
    with PostgreSql(fsync="off") as running:
        yield running


@pytest.fixture
def standby(primary: PostgreSql) -> Iterator[PostgreSql]:
    with PostgreSql(primary, fsync="off", hot_standby_feedback="on") as running:
        yield running


def at(server: PostgreSql, url: str) -> str:
    """The URL of the same database at another server."""
    return f"{url.rpartition('@')[0]}@{server.host}:{server.port}/{url.rpartition('/')[2]}"


def said(systemd: Systemd, clause: str) -> bool:
    """Whether the health line has come to have a clause."""
    return any(line.startswith("STATUS=") and clause in line for line in systemd.listen())


def follows(primary: PostgreSql, standby: PostgreSql) -> bool:
    """Whether the standby has replayed all that is written."""
    [(written,)] = primary.ask("SELECT pg_current_wal_lsn()")
    return standby.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") == [(True,)]


@pytest.fixture
def url(primary: PostgreSql) -> str:
    return primary.database()


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_looked_at_comes_of_the_replica_but_for_what_was_written_here(
    primary: PostgreSql, standby: PostgreSql, url: str
) -> None:
    replica = Replica(at(standby, url))
    database = Database(url, replica=replica)
    store, look = Store(database), BillingStore(database.looking())
    with closing(Store(url)) as others, closing(store):
        store.database.ensure_schema()
        wait_until(lambda: follows(primary, standby), 30)
        with look.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar() is True
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar() is False
        assert look.database.replica_state() is not None
        assert str(look.database.replica_state()) == "replica is 0 s behind"

        standby.ask("SELECT pg_wal_replay_pause()")
        others.arrivals.add(polled(NOON, NOON + QUARTER, [1000]))
        assert look.readings.snapshots(*SPAN) == [], "the replica does not have it yet"
        with look.at_one_moment() as moment:
            assert not moment.database.share_moment().snapshot, "it is none of the primary's"
        with store.at_one_moment() as moment:
            shared = moment.database.share_moment()
        following = Database(url, replica=Replica(at(standby, url), written=shared.written))
        worker = BillingStore(following.looking())
        assert worker.readings.snapshots(*SPAN), "who must have it reads the primary"
        time.sleep(1.1)
        state = look.database.replica_state()
        assert state
        assert state.behind
        assert state.behind >= SECOND
        store.entries.add(ENTRY)
        assert look.entries.all() == [replace(ENTRY, id=1)], "what was written here is there"
        assert look.readings.snapshots(*SPAN), "so the primary is read"
        standby.ask("SELECT pg_wal_replay_resume()")
        wait_until(lambda: follows(primary, standby), 30)
        for followed in (look, worker):
            with followed.database.reading() as connection:
                assert connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar() is True
        worker.close()
        assert look.entries.all() == [replace(ENTRY, id=1)]
        with look.at_one_moment() as moment:
            assert moment.entries.last() == 1
            others.entries.withdraw(1, "B", "it was not", NOON)
            wait_until(lambda: follows(primary, standby), 30)
            assert moment.entries.all() == [replace(ENTRY, id=1)]


def test_a_replica_that_is_away_is_not_missed(
    primary: PostgreSql, standby: PostgreSql, url: str
) -> None:
    clock = Clock()
    database = Database(url, replica=Replica(at(standby, url), clock))
    with closing(Store(database)) as store:
        store.database.ensure_schema()
        wait_until(lambda: follows(primary, standby), 30)
        look = BillingStore(database.looking())
        assert look.entries.all() == []
        standby.stop()
        assert look.entries.all() == []
        state = database.replica_state()
        assert state
        assert "replica is away, the primary is read: " in str(state)
        assert not state.keeps_up
        standby.start()
        assert str(database.replica_state()) != "replica is 0 s behind", "it is not asked at once"
        clock.now += 11
        wait_until(lambda: str(database.replica_state()) == "replica is 0 s behind", 30)


def test_commands_say_how_far_it_is_behind_and_read_it(
    tmp_path: Path, mosquitto: Mosquitto, primary: PostgreSql, standby: PostgreSql, url: str
) -> None:
    with Site(tmp_path / "site", mosquitto.port, 1, database=url) as site:
        text = site.config.read_text()
        reads = f'database: {{read_url: "{at(standby, url)}", '
        site.config.write_text(text.replace("database: {", reads))
        site.run("db", "upgrade")
        wait_until(lambda: follows(primary, standby), 30)
        assert "replica is 0 s behind (database.read_url)" in site.run("db", "info")
        assert site.json("db", "info")["replica"] == {"behind_seconds": 0.0, "problem": ""}
        with closing(Systemd(f"\0{url}")) as systemd:
            page = site.start("web", NOTIFY_SOCKET=f"@{url}", WATCHDOG_USEC="600000")
            wait_until(lambda: said(systemd, "replica is 0 s behind"), 30, page.said)
            standby.stop()
            wait_until(lambda: said(systemd, "replica is away, the primary is read: "), 30)
            assert page.stop() == 0
        assert "replica is away, the primary is read: " in site.run("db", "info")
