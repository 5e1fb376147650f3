"""The primary dies under load, its standby takes its place: nothing is lost, nothing is twice."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from bcm_mqtt.store import AnswerLostError, DatabaseAwayError, Store
from peers.flow import Flow, begin
from peers.killing import check, connected, has_published
from peers.mosquitto import Mosquitto
from peers.postgresql import PostgreSql
from peers.process import wait_until
from peers.site import Site
from unit.builders import NOON
from unit.store.test_entries import ENTRY


@pytest.fixture
def pair() -> Iterator[tuple[PostgreSql, PostgreSql]]:
    """A primary, and the standby that has what it has answered for."""
    with PostgreSql() as primary, PostgreSql(primary) as standby:
        primary.replicates(standby)
        yield primary, standby


def either(pair: tuple[PostgreSql, PostgreSql]) -> str:
    """The URL of a new database, wherever its primary is; the standby comes first."""
    primary, standby = pair
    name = primary.database().rpartition("/")[2]
    hosts = f"host={standby.host},{primary.host}&port={standby.port},{primary.port}"
    return f"postgresql://postgres@/{name}?{hosts}"


@pytest.mark.timeout(300)
def test_a_primary_that_dies_under_load_loses_and_doubles_nothing(
    tmp_path: Path, mosquitto: Mosquitto, pair: tuple[PostgreSql, PostgreSql]
) -> None:
    primary, standby = pair
    count, start = 4_000, begin()
    with Site(tmp_path / "site", mosquitto.port, 1, database=either(pair)) as site:
        recorder = site.start("recorder")
        wait_until(lambda: connected(site), 60, recorder.said)
        with Flow(mosquitto.port, count, 200, start) as flow:
            wait_until(lambda: has_published(flow, count / 4), 60)
            wait_until(lambda: site.count("snapshot") > 0, 60, recorder.said)
            primary.kill()
            wait_until(lambda: "no host of the URL will do" in recorder.said(), 60, recorder.said)
            assert "session is read-only" in recorder.said()
            time.sleep(1)
            standby.promote()
            wait_until(lambda: "works again" in recorder.said(), 60, recorder.said)
            assert not flow.done, "the failover would come after the flow"
        wait_until(lambda: site.count("snapshot") >= count, 120, recorder.said)
        assert recorder.stop(60) == 0
        assert "Traceback" not in recorder.said()
        check(site, count, start)


def test_a_store_finds_the_new_primary_at_its_first_call_and_what_was_cut_is_not_there(
    pair: tuple[PostgreSql, PostgreSql],
) -> None:
    primary, standby = pair
    with closing(Store(either(pair))) as store:
        store.database.ensure_schema()
        store.entries.add(ENTRY)

        def cut() -> None:
            with store.database.writing() as connection:
                connection.execute(text("DELETE FROM interval_edit"))
                primary.kill()
                connection.execute(text("SELECT 1"))

        with pytest.raises(DatabaseAwayError) as caught:
            cut()
        assert not isinstance(caught.value, AnswerLostError)
        standby.promote()
        assert store.entries.all() == [replace(ENTRY, id=1)]
        assert store.entries.withdraw(1, "B", "it was not", NOON).id == 2


def test_connections_that_were_idle_in_a_failover_are_not_used(
    pair: tuple[PostgreSql, PostgreSql],
) -> None:
    primary, standby = pair
    with closing(Store(either(pair))) as store:
        store.database.ensure_schema()
        primary.kill()
        standby.promote()
        assert store.entries.add(ENTRY) == replace(ENTRY, id=1)


def test_a_commit_whose_wait_for_a_standby_was_cancelled_counts_as_not_answered() -> None:
    with PostgreSql() as server, closing(Store(server.database())) as store:
        store.database.ensure_schema()
        server.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        server.ask("SELECT pg_reload_conf()")
        cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        errors: list[Exception] = []

        def enter() -> None:
            try:
                store.entries.add(ENTRY)
            except AnswerLostError as error:
                errors.append(error)

        thread = Thread(target=enter)
        thread.start()
        wait_until(lambda: server.ask(cancel) == [(True,)], 60)
        thread.join()
        assert "no standby has confirmed it" in str(errors[0])
        assert "look before you repeat it" in str(errors[0])


def test_a_url_of_several_hosts_has_the_settings_of_a_failover() -> None:
    with PostgreSql() as server:
        name = server.database().rpartition("/")[2]
        hosts = f"host=127.0.0.1:{server.port}&host=localhost:{server.port}"
        with (
            closing(Store(f"postgresql://postgres@/{name}?{hosts}")) as store,
            store.database.reading() as connection,
        ):
            driver = connection.connection.driver_connection
            assert driver
            given = driver.info.get_parameters()
    assert given["target_session_attrs"] == "read-write"
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("3", "30000")
