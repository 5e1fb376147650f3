"""Register numbers as manuals write them, and the addresses that they mean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.errors import InputError
from bcm_mqtt.profiles import Addressing, Profile, load_profile
from bcm_mqtt.profiles.addressing import misplaced, modicon_number, own_code, wire_address
from unit.builders import UNHURRIED

TABLES = {3: (40_001, 400_001), 4: (30_001, 300_001)}
CODES = st.sampled_from(list(TABLES))
ADDRESSES = st.integers(0, 65_535)


@pytest.mark.parametrize(
    ("number", "address", "code"),
    [
        (40_001, 0, 3),
        (40_101, 100, 3),
        (49_999, 9_998, 3),
        (30_001, 0, 4),
        (39_999, 9_998, 4),
        (300_001, 0, 4),
        (365_536, 65_535, 4),
        (400_101, 100, 3),
        (465_536, 65_535, 3),
        (0, 0, None),  # a bare number keeps its meaning
        (501, 501, None),
        (9_999, 9_999, None),
    ],
)
def test_a_modicon_number_is_an_address_and_a_function_code(
    number: int, address: int, code: int | None
) -> None:
    assert misplaced([number], Addressing.MODICON) == ""
    assert wire_address(number, Addressing.MODICON) == address
    assert own_code(number, Addressing.MODICON) == code


@given(address=ADDRESSES, code=CODES)
def test_what_is_printed_of_an_address_means_that_address(address: int, code: int) -> None:
    number = modicon_number(address, code)
    assert (wire_address(number, Addressing.MODICON), own_code(number, Addressing.MODICON)) == (
        address,
        code,
    )


@given(address=ADDRESSES, code=CODES)
def test_six_digits_reach_every_address_of_either_table(address: int, code: int) -> None:
    number = TABLES[code][1] + address
    assert wire_address(number, Addressing.MODICON) == address
    assert own_code(number, Addressing.MODICON) == code


@given(number=st.integers(-10, 500_000))
def test_a_number_of_no_table_is_refused_and_any_other_is_on_the_wire(number: int) -> None:
    refused = misplaced([number], Addressing.MODICON)
    good = number in range(10_000) or any(
        number in range(first, first + count)
        for short, long in TABLES.values()
        for first, count in ((short, 9_999), (long, 65_536))
    )
    assert bool(refused) is not good
    if good:
        assert 0 <= wire_address(number, Addressing.MODICON) <= 65_535


@given(number=ADDRESSES)
def test_without_modicon_a_number_means_what_it_always_did(number: int) -> None:
    assert wire_address(number, Addressing.WIRE) == number
    assert wire_address(number, Addressing.ONE_BASED) == number - 1
    assert own_code(number, Addressing.WIRE) is own_code(number, Addressing.ONE_BASED) is None


def profile(folder: Path, more: str, addressing: str = "modicon") -> Profile:
    file = folder / "mine.yaml"
    file.write_text(
        f"id: mine\ntitle: M\nsource: s\nfunction_code: 3\naddressing: {addressing}\n{more}\n"
    )
    return load_profile(file)


def test_a_profile_may_mix_tables_and_bare_numbers(tmp_path: Path) -> None:
    found = profile(
        tmp_path,
        "current: {type: uint16, scale: 0.1, first_register: 30101}\n"
        "energy: {type: uint32, scale: 1, first_register: 400201}\n"
        "frequency: {type: uint16, scale: 0.01, first_register: 7, step: 0}\npoles: 2",
    )
    assert [
        (row.quantity.value, row.register, row.address, row.function_code, row.modicon)
        for row in found.quantity_rows()
    ] == [
        ("current", 30101, 100, 4, 30101),
        ("energy", 400201, 200, 3, 40201),
        ("frequency", 7, 7, 3, 40008),
        ("current", 30102, 101, 4, 30102),
        ("energy", 400203, 202, 3, 40203),
        ("frequency", 7, 7, 3, 40008),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("first_register: 10101}\npoles: 2", "register 10101: expected 30001 to 39999, 40001 to"),
        ("first_register: 49999}\npoles: 2", "register 50000: expected"),
        ("first_register: 0, step: 0}\npoles: 2", "register 0 of device 1 is pole 1 already"),
    ],
)
def test_a_number_that_is_none_is_refused(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        profile(tmp_path, "current: {type: uint16, scale: 0.1, " + more)
    assert message in str(caught.value.problems[0].message)


def test_one_register_written_in_both_forms_is_one_register(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        profile(
            tmp_path,
            "current: {type: uint16, scale: 0.1}\nchannels:\n"
            "  - {pole: 1, channel: 1, register: 40101}\n"
            "  - {pole: 2, channel: 2, register: 400101}",
        )
    assert "is pole 1 already" in str(caught.value.problems[0].message)


@UNHURRIED
@given(
    first=st.integers(0, 50),
    step=st.integers(1, 3),
    skip=st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 5)).map(lambda at: [at[0], at[0] + at[1]]),
        max_size=4,
    ),
)
def test_channels_are_counted_past_registers_that_are_skipped(
    tmp_path_factory: pytest.TempPathFactory, first: int, step: int, skip: list[list[int]]
) -> None:
    found = profile(
        tmp_path_factory.mktemp("skip"),
        f"skip: {skip}\ncurrent: {{type: uint16, scale: 0.1, first_register: {first}, "
        f"step: {step}}}\npoles: 12",
        "wire",
    )
    gone = {number for low, high in skip for number in range(low, high + 1)}
    every = [first + step * n for n in range(200)]
    assert [row.register for row in found.rows()] == [n for n in every if n not in gone][:12]
