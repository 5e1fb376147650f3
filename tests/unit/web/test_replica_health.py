"""The health on the page says how far a replica is behind that is read in place of the database."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bcm_mqtt.store import ReplicaState
from bcm_mqtt.web import create_app
from unit.web.conftest import on_this_machine, page_of, stored


async def status(state: ReplicaState | None) -> str:
    """The health of a site whose database is read so."""
    found = stored()
    found = replace(found, state=replace(found.state, replica=state))
    ports = replace(page_of().ports, stored=lambda: found)
    transport = httpx.ASGITransport(on_this_machine(create_app(ports)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/status")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("state", "good", "said"),
    [
        (ReplicaState(timedelta(seconds=12)), "yes", "12 s behind"),
        (ReplicaState(timedelta(minutes=20)), "no", "1200 s behind"),
        (ReplicaState(problem="refused"), "no", "away, the primary is read: refused"),
        (ReplicaState(), "no", "has replayed nothing yet"),
    ],
)
async def test_it_says_how_far_the_replica_is_behind(
    state: ReplicaState, good: str, said: str
) -> None:
    text = await status(state)
    [row] = [line for line in text.splitlines() if "<b>Replica</b>" in line]
    assert f'data-good="{good}"' in row
    assert said in row.replace(",", "").replace("away the", "away, the")


async def test_without_one_it_says_nothing() -> None:
    assert "Replica" not in await status(None)
