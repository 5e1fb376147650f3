"""Most commands of ours do not start here as programs, but as forks of one that has."""

from collections.abc import Iterator

import pytest

from peers.forking import Forks
from peers.process import Process


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with Forks() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def forked(forks: Forks) -> Iterator[None]:
    Process.forks = forks
    yield
    Process.forks = None
