"""What people did happened once: edits, alarms and their acknowledgement."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from chaos.desk import Request
from chaos.faults import Run
from chaos.witness import Witness
from chaos.world import World


def edits(world: World, faults: Run, witness: Witness) -> Iterator[str]:
    """Each edit that was answered is there, once; what was refused is not there."""
    from bcm_mqtt.config import load  # noqa: PLC0415
    from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

    directories = load(world.bridge.config).directories
    with closing(RecordingStore(f"sqlite:///{world.database}")) as store:
        recorded = store.directories.all()
    for panel, directory in sorted(directories.items()):
        # Those of a clock that was set back stand in the file in the order in which they were made.
        if Counter(recorded[panel].versions) != Counter(directory.versions):
            yield f"panel {panel}: the recorder's directory is not the bridge's"
    made = [one for one in faults.desk.requests if one.action == "circuit"]
    for request in made:
        times = [
            version
            for version in directories[request.panel].versions
            if version.description == request.text
        ]
        done = [at for at, error in request.answers if not error]
        superseded = any(_supersedes(other, request, done) for other in made)
        if done and len(done) < len(request.answers):
            yield f"edit {request.number} was answered to be done, and not to be"
        if len(times) > 1:
            yield f"edit {request.number} happened {len(times)} times"
        if done and not times and not superseded:
            yield f"edit {request.number} was answered and is not there"
        if request.answers and not done and times:
            yield f"edit {request.number} was refused and is there"
        late_s = witness.edited.get(request.text, request.ends_at) - request.ends_at
        if late_s > _TAKES_S and not world.clocks_were_set:
            yield f"edit {request.number} was done {late_s:.0f} s after its deadline"
        world.counts["edits done"] += bool(times)


_TAKES_S = 15.0
"""An edit that was begun in time, until it is in the file: on a slow disk, too."""
_ASKED_AGAIN_S = 1_840.0
"""An answer that was lost comes so much later than the edit."""
_SAME_EDIT_S = 605.0
"""An edit changes the version that one within the last ten minutes has made."""


def _supersedes(other: Request, request: Request, done: list[float]) -> bool:
    """Whether a later edit of the circuit may have replaced an edit's version."""
    if (other.panel, other.pole) != (request.panel, request.pole) or other is request:
        return False
    answered = [at for at, _ in other.answers]
    is_soon = any(-_ASKED_AGAIN_S <= at - one <= _SAME_EDIT_S for at in answered for one in done)
    return is_soon or (not answered and other.number > request.number)


def alarms(world: World, faults: Run) -> Iterator[str]:
    """An overload raises its alarm once, and what was acknowledged stays so."""
    # What was raised shortly before a death, or on a full disk before it, was not stored.
    spans = [one.unwritten(world.scale.forgets_s) for one in world.bridge.processes]

    def is_forgotten(at: float) -> bool:
        return any(span and span[0] <= at <= span[1] for span in spans)

    for (panel, pole), seen in sorted(faults.desk.alarms.items()):
        raised: dict[str, float] = {}
        for at, state, since in seen.seen:
            if state == "unacknowledged":
                raised.setdefault(since, at)
        world.counts["alarms raised"] += len(raised)
        overloads = [one for one in world.load.overloads if one[:2] == (panel, pole)]
        expected = [at for at in raised.values() if not is_forgotten(at)]
        if len(expected) > len(overloads):
            yield f"alarm of {panel} {pole}: raised {len(raised)} times, {len(overloads)} overloads"
        for request in faults.desk.requests:
            done = [at for at, error in request.answers if not error]
            if request.action != "acknowledge" or (request.panel, request.pole) != (panel, pole):
                continue
            for at, state, since in seen.seen:
                if done and at > done[0] and since == request.since and state == "unacknowledged":
                    yield f"alarm of {panel} {pole}: its acknowledgement was undone at {at:.1f} s"
