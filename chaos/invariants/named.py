"""What the bridge names as lost: no fewer than are, and no more than it could not know."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

from chaos.invariants.stamps import moved_up_ms, stamps
from chaos.meters import Reply
from chaos.witness import Witness
from chaos.world import World

_NAMED = "named by the bridge: "


class Named:
    """What the bridge has named as lost, as the recorder has it, and what that excuses."""

    def __init__(self, world: World, witness: Witness) -> None:
        from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

        self._world, self._witness = world, witness
        with closing(RecordingStore(f"sqlite:///{world.database}")) as store:
            self._spans = store.receipts.lost()
        self._polls: dict[tuple[str, tuple[str, int]], set[int]] = defaultdict(set)

    def cause(self, reply: Reply) -> str:
        """Why a reading is lost, as the bridge says it; "" where it does not."""
        spans = [span for span in self._spans if span.panel == reply.panel]
        stamped = stamps(self._world, reply) if spans else []
        for span in spans:
            first_ms = int(span.first.timestamp() * 1000) - moved_up_ms(self._world)
            last_ms = int(span.last.timestamp() * 1000)
            if any(first_ms <= until and since <= last_ms for since, until in stamped):
                return f"{_NAMED}{span.cause}"
        return ""

    def excuses(self, reply: Reply, cause: str) -> None:
        """Counts the snapshot of one that is lost, if a span is its cause."""
        if cause.startswith(_NAMED):
            self._polls[reply.panel, reply.values[0][:2]].add(reply.poll)

    def too_many(self) -> Iterator[str]:
        """Spans count no more than the snapshots that the bridge could not know to be stored."""
        for panel in sorted({span.panel for span in self._spans}):
            count = self._count(panel)
            unknown = self._witness.given_up(panel)
            if count > len(unknown):
                yield f"panel {panel}: {count} are named as lost, {len(unknown)} can be"

    def too_few(self) -> Iterator[str]:
        """Spans count at least the snapshots that they excuse."""
        lost: dict[str, int] = defaultdict(int)
        for (panel, _), polls in self._polls.items():  # by block: of each its own may be lost
            lost[panel] = max(lost[panel], len(polls))
        for panel, most in sorted(lost.items()):
            count = self._count(panel)
            if most > count:
                yield f"panel {panel}: {most} snapshots are lost, {count} are named"

    def _count(self, panel: str) -> int:
        return sum(span.snapshots for span in self._spans if span.panel == panel)
