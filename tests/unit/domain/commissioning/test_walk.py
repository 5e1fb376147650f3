"""A walk through a panel: what answers is judged as what it is."""

from datetime import timedelta

from bcm_mqtt.domain.commissioning.result import Verdict, mix_ups, newest, sentence
from bcm_mqtt.domain.commissioning.walk import Walk, walk_by_circuit, walk_by_pole
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.simulator import SwitchedPanel
from unit.builders import NOON, circuit, panel
from unit.domain.commissioning.walking import polled, walked

FOUR = Directory(panel(poles=4), tuple(circuit((pole,), f"C-{pole}") for pole in range(1, 5)))


class Panel:
    """Poles whose transformers may sit elsewhere, and loads that switch by themselves."""

    def __init__(self, poles: int, transformers: dict[int, int | None] | None = None) -> None:
        self.poles, self.on = poles, set[int]()
        self.transformers = transformers or {}
        self.by_themselves: dict[int, int] = {}
        """The second from which on a pole draws 6 A."""

    def poll(self, second: int) -> Snapshot:
        amps = []
        for pole in range(1, self.poles + 1):
            breaker = self.transformers.get(pole, pole)
            other = self.by_themselves.get(pole, second + 1) <= second
            amps.append(1.0 + 8.3 * (breaker in self.on) + 6.0 * other)
        return polled(amps, second)


def verdicts(walk: Walk) -> dict[str, tuple[str, int | None]]:
    return {place: (one.verdict, one.answered) for place, one in newest(walk.results).items()}


def test_every_pole_that_answers_is_right() -> None:
    of = Panel(4)
    walk = walked(walk_by_circuit(FOUR, NOON), of.on, of.poll)
    assert verdicts(walk) == {str(pole): (Verdict.RIGHT, pole) for pole in range(1, 5)}
    assert sentence(walk.results[0]) == "Pole 1: right (+8.3 A)"
    assert walk.request == ""


def test_two_that_are_swapped_are_named_together() -> None:
    of = Panel(4, {1: 3, 3: 1})
    walk = walked(walk_by_circuit(FOUR, NOON), of.on, of.poll)
    assert verdicts(walk)["1"] == (Verdict.ELSEWHERE, 3)
    assert verdicts(walk)["3"] == (Verdict.ELSEWHERE, 1)
    assert mix_ups(walk.results, FOUR.panel) == [
        (
            "The transformers of poles 1 and 3 are swapped, which are of different phases: "
            "exchange their leads"
        )
    ]


def test_a_transformer_that_is_missing_did_not_answer() -> None:
    of = Panel(4, {2: None})
    walk = walked(walk_by_circuit(FOUR, NOON), of.on, of.poll)
    assert verdicts(walk)["2"] == (Verdict.NONE, None)
    assert sentence(newest(walk.results)["2"]) == "Pole 2: no transformer answered"


def test_one_that_sits_on_anothers_breaker_is_said_once() -> None:
    of = Panel(4, {1: 2, 2: None})
    walk = walked(walk_by_circuit(FOUR, NOON), of.on, of.poll)
    assert mix_ups(walk.results, FOUR.panel) == [
        "The transformer of pole 1 is on the breaker of pole 2: find that of pole 2"
    ]
    assert verdicts(walk)["1"] == (Verdict.NONE, None)


def test_a_load_that_comes_on_at_the_same_time_is_asked_about_again() -> None:
    of, walk = Panel(4), walk_by_circuit(FOUR, NOON)
    of.by_themselves = {4: 3}
    for second in range(3):
        walk = walk.take(of.poll(second))
    of.on |= {1}
    for second in range(3, 7):
        walk = walk.take(of.poll(second))
    assert walk.request == "To confirm poles 1, 4, switch the load off at pole 1 (C-1)."
    of.on.clear()
    for second in range(7, 12):
        walk = walk.take(of.poll(second))
    assert verdicts(walk) == {"1": (Verdict.RIGHT, 1)}
    assert walk.request == "Switch a load on at pole 2 (C-2)."


def test_a_load_that_comes_on_by_itself_is_no_answer() -> None:
    of, walk = Panel(4), walk_by_circuit(FOUR, NOON)
    of.by_themselves = {4: 3}
    for second in range(8):
        walk = walk.take(of.poll(second))
    assert walk.request.startswith("To confirm pole 4, switch the load off")
    of.on |= {1}
    for second in range(8, 14):
        walk = walk.take(of.poll(second))
    assert verdicts(walk) == {"1": (Verdict.RIGHT, 1)}


def test_all_legs_of_a_breaker_are_asked_for_together() -> None:
    directory = Directory(panel(poles=8), (circuit((1, 3, 5), "Chiller"), circuit((2,), "L")))
    of = Panel(8, {5: 7, 7: 5})
    walk = walked(walk_by_circuit(directory, NOON), of.on, of.poll)
    found = verdicts(walk)
    assert [found[pole] for pole in "135"] == [
        (Verdict.RIGHT, 1),
        (Verdict.RIGHT, 3),
        (Verdict.ELSEWHERE, 7),
    ]
    assert walk_by_circuit(directory, NOON).request == (
        "Switch a load on at poles 1+3+5 (Chiller)."
    )


def test_a_breaker_that_is_passed_over_has_no_result() -> None:
    walk = walk_by_circuit(FOUR, NOON).passed_over()
    assert (walk.asked_poles, walk.results) == ((2,), ())


def test_a_poll_that_is_not_newer_changes_nothing() -> None:
    walk = walk_by_circuit(FOUR, NOON).take(polled([0.0] * 4, 5))
    assert walk.take(polled([9.0] * 4, 5)) is walk
    assert walk.take(polled([9.0] * 4, 4)) is walk


def test_48_of_48_poles_are_found_among_loads_that_switch_by_themselves() -> None:
    """Two are swapped and one is reversed; compressors start meanwhile."""
    of = SwitchedPanel(transformers={9: 21, 21: 9}, reversed_poles=frozenset({14}))
    directory = Directory(panel(), tuple(circuit((pole,), "") for pole in range(1, 49)))

    def poll(second: int) -> Snapshot:
        at = NOON + timedelta(seconds=15 * second)
        readings = [one.values() for one in of.readings(tuple(range(1, 49)), at)]

        def of_all(address: int) -> list[float | None]:
            return [one[address] for one in readings]

        return polled(of_all(6), second, of_all(12), of_all(24), of_all(0))

    walk = walked(walk_by_pole(directory, NOON), of.on, poll)
    found = newest(walk.results)
    wrong = {place for place, one in found.items() if not one.passed}
    assert len(found) == 48
    assert wrong == {"9", "14", "21"}
    assert (found["9"].answered, found["21"].answered) == (21, 9)
    assert found["14"].corrections == {"sign": "-1"}
    assert found["14"].fault.startswith("Power or energy runs backwards: -9")
    assert mix_ups(walk.results, directory.panel) == [
        "The transformers of poles 9 and 21 are swapped: exchange their leads"
    ]
