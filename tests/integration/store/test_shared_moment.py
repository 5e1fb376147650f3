"""A moment of PostgreSQL that other processes read, too."""

from contextlib import closing

import pytest

from bcm_mqtt.errors import WorkError
from bcm_mqtt.store import Store
from peers.postgresql import PostgreSql
from unit.builders import NOON, circuit, directory


def test_others_read_what_was_there_at_the_moment(store: Store, url: str) -> None:
    with closing(Store(url)) as other, closing(Store(url)) as worker:
        with store.at_one_moment() as moment:
            shared = moment.database.share_moment()
            assert shared.is_exact
            other.directories.add(directory(circuit()), b"{}", NOON)
            with worker.at_moment_of(shared) as at:
                assert at.directories.all() == {}
            assert list(worker.directories.all()) == ["rpp-1a"]
        expected = "expected the same server"
        with pytest.raises(WorkError, match=expected), worker.at_moment_of(shared):
            pass
        with worker.at_moment_of(None) as at:
            assert list(at.directories.all()) == ["rpp-1a"]


def test_another_database_does_not_know_it(store: Store, postgresql: PostgreSql) -> None:
    elsewhere = postgresql.database(like="")
    with closing(Store(elsewhere)) as other, store.at_one_moment() as moment:
        shared = moment.database.share_moment()
        with pytest.raises(WorkError, match="is not known here"), other.at_moment_of(shared):
            pass
