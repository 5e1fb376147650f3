"""An agent made of a table: it answers requests as RFC 3416 has it, without any socket."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.snmp import Agent, AgentLine, AgentPlan, AgentReader, ber
from bcm_mqtt.snmp.pdu import TOO_BIG, Kind, Reply, Request

UPTIME = "1.3.6.1.2.1.1.3.0"
GENERAL = 5
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class TabledAgent(AgentLine):
    """What is read, by object identifier; `asked` has every request."""

    def __init__(self, values: Mapping[str, int], most: int = 1000, bulk: int = 1000) -> None:
        """Answers with `tooBig` above so many values, and cuts GETBULK short after so many."""
        super().__init__("pdu", Agent("pdu.example"), 1.0, lambda: 0.5)
        self.values = {UPTIME: 500, **values}
        self.most, self.bulk = most, bulk
        self.asked: list[Request] = []
        self.fails: Exception | None = None
        self.has_bulk = True
        """Else it answers GETBULK with a general error, as it does a GET"""
        self.general_above = 1000
        """of more names than that, or of any"""
        self.refuses: dict[str, int] = {}
        """of these, each with its error."""

    async def read(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.fails:
            raise self.fails
        if request.kind is Kind.GET:
            if len(request.names) > self.most:
                return Reply(0, TOO_BIG, {})
            names = {name: ber.oid_text(name) for name in request.names}
            if len(names) > self.general_above:
                return Reply(0, GENERAL, {})
            if errors := [self.refuses[text] for text in names.values() if text in self.refuses]:
                return Reply(0, errors[0], {})
            return Reply(0, 0, {name: self.values.get(text) for name, text in names.items()})
        if not self.has_bulk:
            return Reply(0, GENERAL, {})
        after = self._after(request)[: self.bulk]
        return Reply(0, 0, dict(after), len(after))

    def _after(self, request: Request) -> list[tuple[bytes, int | None]]:
        ordered = sorted(self.values, key=arcs)
        """What comes next of each name; where nothing does, None (endOfMibView)."""
        after: list[tuple[bytes, int | None]] = []
        columns: list[list[tuple[bytes, int | None]]] = []
        for at, name in enumerate(request.names):
            start = arcs(ber.oid_text(name))
            rest = [one for one in ordered if arcs(one) > start]
            wanted = 1 if at < request.single else request.repetitions
            ends = [(ber.oid(ordered[-1] + ".0"), None)] * wanted
            there = [(ber.oid(one), self.values[one]) for one in rest[:wanted]]
            columns.append([*there, *ends[len(there) :]])
        for row in range(max(1, request.repetitions)):
            after += [column[row] for column in columns if row < len(column)]
        return after


def arcs(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


async def polled(agent: TabledAgent, plan: AgentPlan) -> Poll:
    """One poll by a reader that is new."""
    return await AgentReader(agent, plan).read(lambda: NOW, 1, 15_000)
