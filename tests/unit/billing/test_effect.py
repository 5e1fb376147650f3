"""What a change would do to a month, in kWh and money, and that nothing of it is stored."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copy

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.effect import Effect, Proposal, effect
from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.billing.review import Acceptance, Checked, accept, check_month, enter
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, TERMS, issue
from unit.builders import NEW_YORK, circuit, directory, panel, polled, snapshot

JANUARY = Month(2026, 1)
START, END = JANUARY.bounds(NEW_YORK)
HOUR_MS = 3_600_000
CIRCUITS = (circuit((1,), "Customer1-A-1"), circuit((2,), "Customer2-A-1"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 A at 120 V on poles 1 and 2; the transformer of pole 1 is the wrong way round.

    Customer2 also has 4 A on another panel, of current alone.
    """
    file = tmp_path_factory.mktemp("measured") / "bcm.db"
    with closing(Store(f"sqlite:///{file}")) as store:
        store.database.ensure_schema()
        found = polled(START, END, [10_000, 10_000], poll_ms=HOUR_MS)
        store.arrivals.add([replace(one, power=(-1_200_000, 1_200_000)) for one in found])
        store.arrivals.add(polled(START, END, [4_000], poll_ms=HOUR_MS, panel_id="rpp-1b"))
        while store.roll_up.intervals():
            pass
        put(store, "rpp-1a", *CIRCUITS)
        put(store, "rpp-1b", circuit((1,), "Customer2-B-1"))
    return file


@pytest.fixture
def store(measured: Path, tmp_path: Path) -> Iterator[Store]:
    copy(measured, tmp_path / "bcm.db")
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        yield store


def put(store: Store, panel_id: str, *circuits: CircuitVersion) -> None:
    item = directory(*circuits, of=panel(panel_id))
    store.directories.add(item, encode_directory(item), AT)


def turned(**changes: str) -> InstrumentChange:
    values = {"sign": "-1"} | changes
    of = {BY_NAME[name]: BY_NAME[name].value(text) for name, text in values.items() if text}
    return InstrumentChange("rpp-1a", of, (1,), valid_from=BEGINNING)


def accepted(flag: Flag, pole: int = 1) -> Acceptance:
    return Acceptance(JANUARY, "rpp-1a", pole, flag, "J. Doe", "right as it is", AT)


def of(store: Store, proposal: Proposal) -> Effect:
    return effect(store, TERMS, proposal, AT)


def test_the_acceptance_of_a_clock_that_was_set_back(store: Store) -> None:
    """On the 10th panel rpp-1b was read by clocks of which one was ten minutes ahead."""
    times = [START + timedelta(days=9, minutes=one) for one in (5, 20, 15, 30, 25, 40)]
    for seq, at in enumerate(times, start=1000):
        store.arrivals.add([snapshot(at, [4_000], panel_id="rpp-1b", seq=seq)])
    while store.roll_up.intervals():
        pass
    acceptance = replace(accepted(Flag.CLOCK_BACK, 0), panel="rpp-1b")
    shown = of(store, Proposal(JANUARY, acceptances=(acceptance,)))
    assert [(one.flag, one.panel, one.poles) for one in shown.gone] == [
        (Flag.CLOCK_BACK, "rpp-1b", ())
    ]
    assert shown.accounts == ()
    (before,) = [one for one in check_month(store, TERMS, JANUARY, AT) if _of_clock(one)]
    assert before.finding
    assert before.finding.detail == "2 snapshots lie among later ones"
    assert before.finding.start == times[1]
    accept(store, TERMS, acceptance)
    assert not [one for one in check_month(store, TERMS, JANUARY, AT) if _of_clock(one)]


def _of_clock(one: Checked) -> bool:
    return one.finding is not None and one.finding.flag is Flag.CLOCK_BACK


def test_the_sign_of_a_reversed_transformer(store: Store) -> None:
    """744 h of 1.2 kW are 892.8 kWh, at 0.1185 USD 105.80 USD: now no money."""
    found = of(store, Proposal(JANUARY, instruments=(turned(),)))

    (account,) = found.accounts
    assert account.customer == "Customer1"
    assert account.kwh == (Decimal("-892.800"), Decimal("892.800"))
    assert account.amount == (Decimal("0.00"), Decimal("105.80"))
    assert any("backwards" in reason for reason in account.holds[0])
    assert account.holds[1] == ()
    assert [(one.flag, one.poles) for one in found.gone] == [(Flag.REVERSED, (1,))]
    assert [one.flag for one in found.new] == [Flag.FLAT]  # 744 h of exactly 1.2 kW
    assert found.issued == ()


def test_nothing_is_stored_and_what_is_made_is_what_was_shown(store: Store) -> None:
    entry = IntervalEdit(
        "rpp-1a",
        2,
        START,
        START + timedelta(days=2),
        EditAction.SET,
        "J. Doe",
        "read from the rack",
        AT,
        milliwatts=600_000,
    )
    shown = of(store, Proposal(JANUARY, entries=(entry,)))
    assert of(store, Proposal(JANUARY, entries=(entry,))) == shown
    assert store.entries.all() == []

    (account,) = shown.accounts
    # 48 h of 0.6 kW less; the 4 A of the other panel are in both: 744 h of 0.48 kW.
    assert account.kwh == (Decimal("1249.920"), Decimal("1221.120"))
    enter(store, entry)
    (_, made) = bill_month(store, TERMS, JANUARY, AT).bills
    assert (made.kwh, made.amount) == (account.kwh[1], (account.amount or (0, 0))[1])


def test_an_acceptance_changes_no_figure_and_releases(store: Store) -> None:
    found = of(store, Proposal(JANUARY, acceptances=(accepted(Flag.REVERSED),)))

    (account,) = found.accounts
    assert account.kwh[0] == account.kwh[1]
    assert (len(account.holds[0]), account.holds[1]) == (1, ())
    assert [one.flag for one in found.gone] == [Flag.REVERSED]
    accept(store, TERMS, accepted(Flag.REVERSED))
    assert Flag.REVERSED not in {
        one.flag for one in bill_month(store, TERMS, JANUARY, AT).all_findings
    }


def test_a_multiplier_that_is_too_great_is_a_new_finding(store: Store) -> None:
    change = replace(turned(multiplier="3", sign=""), poles=(2,))
    found = of(store, Proposal(JANUARY, instruments=(change,)))

    assert {one.flag for one in found.new} == {Flag.ABOVE_RATING, Flag.ENERGY_ABOVE_RATING}
    # 744 h of 2.4 kW more, beside the 0.48 kW of the other panel.
    assert found.accounts[0].kwh == (Decimal("1249.920"), Decimal("3035.520"))


def test_a_change_without_effect_names_no_account(store: Store) -> None:
    found = of(store, Proposal(JANUARY, instruments=(turned(serial="A-1", sign=""),)))

    assert (found.accounts, found.gone, found.new, found.issued) == ((), (), (), ())


def test_issued_bills_of_the_changed_time_are_named(store: Store) -> None:
    accept(store, TERMS, accepted(Flag.REVERSED))
    issued = issue(store, month=JANUARY).issued
    assert len(issued) == 2
    found = of(store, Proposal(JANUARY, instruments=(turned(),)))
    assert found.issued == (IssuedBill(1, JANUARY, "Customer1"),)
    # Seen from another month, of which nothing changes.
    later = of(store, Proposal(JANUARY.shifted(2), instruments=(turned(),)))
    assert later.issued == found.issued
    assert later.accounts == ()


def test_unallocated_energy_is_an_account_of_its_own(store: Store) -> None:
    put(store, "rpp-1a", CIRCUITS[1])
    found = of(store, Proposal(JANUARY, instruments=(turned(),)))
    (account,) = found.accounts
    assert (account.customer, account.kwh, account.amount) == (
        "",
        (Decimal("-892.800"), Decimal("892.800")),
        None,
    )


@pytest.mark.parametrize(
    ("proposal", "said"),
    [
        (Proposal(JANUARY, instruments=(replace(turned(), panel="rpp-9"),)), "unknown panel"),
        (Proposal(JANUARY, acceptances=(accepted(Flag.SPIKE),)), "has no finding spike"),
        (
            Proposal(JANUARY, acceptances=(replace(accepted(Flag.REVERSED), reason=" "),)),
            "no reason",
        ),
    ],
)
def test_what_cannot_be_made_has_no_effect(store: Store, proposal: Proposal, said: str) -> None:
    with pytest.raises(InputError, match=said):
        of(store, proposal)
