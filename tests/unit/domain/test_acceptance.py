"""Acceptance: of a state until the row changes, of an event that event alone."""

from dataclasses import replace
from datetime import timedelta

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.vee.acceptance import is_accepted, panel_mark, row_at, row_of
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit, edit_problems
from bcm_mqtt.domain.vee.quality import Finding, Flag
from unit.domain.examples import NOON, panel

DAY = timedelta(days=1)
CIRCUIT = CircuitVersion((1, 3), "Customer1-A", rating_amps=20)
STATE = Finding(Flag.ENERGY_ABOVE_RATING, "rpp-1a", (1, 3), NOON, NOON + DAY, "")
EVENT = replace(STATE, flag=Flag.JUMP)


def accepting(finding: Finding, row: str = row_of(CIRCUIT), pole: int = 1) -> IntervalEdit:
    span = finding.start, finding.end
    flag = finding.flag.value
    entry = IntervalEdit("rpp-1a", pole, *span, EditAction.ACCEPT, "me", "seen", NOON)
    return replace(entry, flag=flag, row=row)


def later(finding: Finding, days: int = 40) -> Finding:
    return replace(finding, start=finding.start + days * DAY, end=finding.end + days * DAY)


def test_a_state_is_accepted_in_later_months_too_until_the_row_is_another() -> None:
    entries = [accepting(STATE)]
    assert is_accepted(STATE, row_of(CIRCUIT), entries)
    assert is_accepted(later(STATE), row_of(CIRCUIT), entries)
    assert is_accepted(later(STATE), row_of(replace(CIRCUIT, valid_from=NOON)), entries)
    assert not is_accepted(later(STATE), row_of(replace(CIRCUIT, rating_amps=30)), entries)
    assert not is_accepted(later(STATE, -40), row_of(CIRCUIT), entries)
    assert not is_accepted(EVENT, row_of(CIRCUIT), entries)


def test_an_event_is_accepted_and_the_next_of_its_kind_is_not() -> None:
    entries = [accepting(EVENT)]
    assert is_accepted(EVENT, row_of(CIRCUIT), entries)
    assert not is_accepted(later(EVENT), row_of(CIRCUIT), entries)


def test_an_entry_without_a_flag_accepts_all_that_is_in_its_time() -> None:
    entries = [replace(accepting(STATE), flag="", row="")]
    assert is_accepted(STATE, row_of(CIRCUIT), entries)
    assert is_accepted(EVENT, row_of(CIRCUIT), entries)
    assert not is_accepted(later(STATE), row_of(CIRCUIT), entries)


def test_a_finding_of_the_panel_depends_on_all_of_its_rows() -> None:
    main = Finding(Flag.MAIN_DIFFERS, "rpp-1a", (), NOON, NOON + DAY, "")
    directory = Directory(panel(), (CIRCUIT, CircuitVersion((2,), "Customer2-A")))
    entry = accepting(main, pole=0)
    entry = replace(entry, row=row_at(directory, entry))
    mark = panel_mark(directory.at(NOON).values())
    assert is_accepted(main, mark, [entry])
    changed = [CIRCUIT, CircuitVersion((2,), "Customer2-A", rating_amps=20)]
    assert not is_accepted(main, panel_mark(changed), [entry])
    assert not is_accepted(main, mark, [replace(entry, first_pole=1)])


def test_an_entry_about_a_panel_itself_accepts_a_flag_and_nothing_else() -> None:
    start = NOON.replace(minute=0)
    entry = IntervalEdit("rpp-1a", 0, start, start + DAY, EditAction.DISCARD, "me", "seen", NOON)
    assert "an entry about a panel itself accepts a flag" in next(edit_problems(entry))
    assert list(edit_problems(replace(entry, action=EditAction.ACCEPT, flag="main_differs"))) == []
    (problem,) = edit_problems(replace(entry, first_pole=1, flag="mains"))
    assert problem.startswith("'mains' is no flag: expected one of above_rating, ")
