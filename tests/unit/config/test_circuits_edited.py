"""circuits.csv edited: what is written, what stays, and what is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.config.directory.rewriting import changed
from bcm_mqtt.config.directory.table import read_table
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitEdit, CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError
from unit.builders import NEW_YORK, NOON, panel

PANELS = {"rpp-1a": panel(), "ups": panel("ups", "480", poles=42)}
HEADER = "panel,poles,description,customer,rating,connection,power_factor,valid_from"
MARCH = datetime(2026, 3, 10, 4, tzinfo=UTC)
NO_NEUTRAL = (
    "panel ups pole 1: connection: connection 1P needs a neutral, which delta service 480 lacks"
)
ONE_LINE = "expected one line without control characters"
NOW_TEXT = "2026-11-20T07:00-05:00"


def edited(
    content: str | None, *changes: CircuitChange, now: datetime = NOON
) -> tuple[str, tuple[CircuitEdit, ...]]:
    before = None if content is None else content.encode()
    done = changed(before, changes, PANELS, NEW_YORK, now)
    return done.content.decode(), done.edits


def text_after(content: str | None, *changes: CircuitChange, now: datetime = NOON) -> str:
    return edited(content, *changes, now=now)[0]


def refused(content: str, *changes: CircuitChange) -> str:
    with pytest.raises(InputError) as error:
        changed(content.encode(), changes, PANELS, NEW_YORK, NOON)
    return str(error.value)


def versions(content: str, panel_id: str = "rpp-1a") -> list[CircuitVersion]:
    table = read_table(content, PANELS, NEW_YORK, "circuits.csv")
    assert not table.all_problems()
    return [row.version for row in table.rows if row.panel == panel_id]


def on(pole: int = 1, panel_id: str = "rpp-1a", **fields: object) -> CircuitChange:
    return CircuitChange(panel_id, pole, **fields)  # type: ignore[arg-type]


def rows(*lines: str) -> str:
    return "\n".join([HEADER, *lines, ""])


def test_a_change_from_now_on_adds_a_row_below_the_last_one_of_its_breaker() -> None:
    content = rows("rpp-1a,1,A,,20,1P,0.9,", "rpp-1a,1,B,,20,1P,,2026-03-10", "rpp-1a,2,C,,,,,")
    assert text_after(content, on(description="D")) == rows(
        "rpp-1a,1,A,,20,1P,0.9,",
        "rpp-1a,1,B,,20,1P,,2026-03-10",
        f"rpp-1a,1,D,,20,1P,,{NOW_TEXT}",
        "rpp-1a,2,C,,,,,",
    )


def test_a_change_takes_over_all_fields_of_the_version_in_force_at_its_time() -> None:
    content = rows("rpp-1a,1,A,X,20,1P,0.9,", "rpp-1a,1,B,Y,30,1P,,2026-06-01")
    text, (edit,) = edited(content, on(rating_amps=25, valid_from=MARCH))
    assert edit.after == CircuitVersion((1,), "A", 25, customer="X", power_factor=Decimal("0.9"),
                                        valid_from=MARCH)  # fmt: skip
    assert edit.before == versions(content)[0]
    assert versions(text) == [*versions(content), edit.after]
    assert "rpp-1a,1,A,X,25,1P,0.9,2026-03-10\n" in text


def test_later_versions_stay_as_they_are() -> None:
    content = rows("rpp-1a,1,A,,,,,", "rpp-1a,1,B,,,,,2027-01-01")
    assert versions(text_after(content, on(customer="X")))[1] == versions(content)[1]


def test_a_version_that_begins_at_the_very_instant_is_amended() -> None:
    content = rows("rpp-1a,1,A,,20,1P,,2026-03-10", "rpp-1a,2,C,,,,,")
    assert text_after(content, on(description="B", valid_from=MARCH)) == rows(
        "rpp-1a,1,B,,20,1P,,2026-03-10", "rpp-1a,2,C,,,,,"
    )
    always = rows("rpp-1a,1,A,,20,1P,,")
    assert text_after(always, on(rating_amps=None, valid_from=BEGINNING)) == rows(
        "rpp-1a,1,A,,,1P,,"
    )


def test_a_form_filled_in_field_by_field_is_one_version() -> None:
    content = text_after(rows("rpp-1a,1,A,,20,1P,,"), on(description="B"))
    now = NOON
    for change in (on(customer="X"), on(rating_amps=30), on(power_factor=Decimal("0.9"))):
        now += timedelta(minutes=3, seconds=20)
        content = text_after(content, change, now=now)
    assert content == rows("rpp-1a,1,A,,20,1P,,", f"rpp-1a,1,B,X,30,1P,0.9,{NOW_TEXT}")
    later = text_after(content, on(description="C"), now=now + timedelta(seconds=1))
    assert later == content + "rpp-1a,1,C,X,30,1P,0.9,2026-11-20T07:10:01-05:00\n"


def test_a_change_with_a_time_of_its_own_never_amends_an_earlier_version() -> None:
    content = text_after(rows("rpp-1a,1,A,,,,,"), on(description="B"))
    text = text_after(content, on(description="C", valid_from=NOON + timedelta(minutes=1)))
    assert [version.description for version in versions(text)] == ["A", "B", "C"]


@pytest.mark.parametrize("time", [None, MARCH, BEGINNING])
def test_a_change_that_changes_nothing_writes_nothing(time: datetime | None) -> None:
    content = "panel , poles\r\n rpp-1a, 1 + 3"
    same = on(poles=(3, 1), connection=Connection.LINE_LINE, description=" ", valid_from=time)
    assert edited(content, same, on(valid_from=time)) == (content, ())


def test_a_pole_that_nobody_claimed_gets_its_first_row_from_the_given_time_or_now() -> None:
    content = rows("rpp-1a,1,A,,,,,", "ups,1+3,B,,,,,")
    assert text_after(content, on(5, description="N"), on(6, valid_from=MARCH)) == rows(
        "rpp-1a,1,A,,,,,",
        f"rpp-1a,5,N,,,1P,,{NOW_TEXT}",
        "rpp-1a,6,,,,1P,,2026-03-10",
        "ups,1+3,B,,,,,",
    )


def test_a_breaker_whose_rows_all_begin_later_gets_a_row_without_their_fields() -> None:
    content = rows("rpp-1a,1,Z,,20,,,2027-01-01")
    text, (edit,) = edited(content, on(customer="X"))
    assert edit == CircuitEdit("rpp-1a", None, CircuitVersion((1,), customer="X", valid_from=NOON))
    assert versions(text) == [*versions(content), edit.after]


def test_the_first_row_of_a_panel_goes_to_the_end() -> None:
    content = "panel,poles\nrpp-1a,1\n\n# the end"
    assert text_after(content, on(7, "ups", poles=(7, 9))) == (
        f"panel,poles,valid_from\nrpp-1a,1\n\n# the end\nups,7+9,{NOW_TEXT}"
    )


def test_three_breakers_are_tied_by_one_request_and_untied_by_another() -> None:
    apart = rows(*(f"rpp-1a,{pole},A-{pole},,20,1P,," for pole in (1, 3, 5)))
    tie = (
        on(1, poles=(1, 3, 5)),
        on(3, connection=Connection.NONE),
        on(5, connection=Connection.NONE),
    )
    tied, edits = edited(apart, *tie)
    assert [edit.after.connection for edit in edits] == ["3P", "none", "none"]
    assert f"rpp-1a,1+3+5,A-1,,20,3P,,{NOW_TEXT}\n" in tied
    untie = (on(1, poles=(1,)), *(on(pole, connection=Connection("1P")) for pole in (3, 5)))
    text, edits = edited(tied, *untie, now=NOON + timedelta(days=1))
    assert [(edit.after.poles, edit.after.connection) for edit in edits] == [
        ((1,), "1P"),
        ((3,), "1P"),
        ((5,), "1P"),
    ]
    assert len(versions(text)) == 9
    assert refused(apart, tie[0]) == (
        "panel rpp-1a pole 1: pole 3 is on breakers 3 and 1+3+5 at the same time; "
        "panel rpp-1a pole 1: pole 5 is on breakers 5 and 1+3+5 at the same time"
    )


def test_poles_change_hands_at_one_instant_even_just_after_another_edit() -> None:
    apart = rows("rpp-1a,1,A,,20,1P,,", "rpp-1a,3,B,,20,1P,,")
    content = text_after(apart, on(1, description="C"))
    now = NOON + timedelta(minutes=5)
    tie = (on(1, poles=(1, 3)), on(3, connection=Connection.NONE))
    _, edits = edited(content, *tie, now=now)
    assert [edit.after.valid_from for edit in edits] == [now, now]


def test_changes_of_one_request_build_on_each_other() -> None:
    content = rows("rpp-1a,1,A,,20,1P,,", "rpp-1a,2,,,,,,")
    asked = (
        on(description="B"),
        on(power_factor=Decimal("1E-7")),
        on(customer="X", valid_from=MARCH),
        on(9, valid_from=MARCH),
        on(9, description="N"),
    )
    text, edits = edited(content, *asked)
    assert text == rows(
        "rpp-1a,1,A,,20,1P,,",
        f"rpp-1a,1,B,,20,1P,0.0000001,{NOW_TEXT}",
        "rpp-1a,1,A,X,20,1P,,2026-03-10",
        "rpp-1a,2,,,,,,",
        "rpp-1a,9,,,,1P,,2026-03-10",
        f"rpp-1a,9,N,,,1P,,{NOW_TEXT}",
    )
    assert len(edits) == len(asked)


def test_a_version_that_began_in_this_very_second_is_amended() -> None:
    content = rows("rpp-1a,1,A,,,,,2026-11-20T12:00:00.2Z")
    _, (edit,) = edited(content, on(poles=(1, 3)), now=NOON + timedelta(milliseconds=500))
    assert edit.after.valid_from == NOON + timedelta(milliseconds=200)


def test_comments_blank_lines_order_quotes_spaces_mark_and_line_ends_stay() -> None:
    content = (
        "\ufeff# by hand, please keep\r\n"
        "Poles , PANEL,description\r\n"
        '"3",rpp-1a,"one, two"\r\n'
        "\r\n"
        " 9 + 11 , rpp-1a\n"
        "#9,rpp-1a,was here\r"
        "   \r\n"
        "7,rpp-1a"
    )
    text = text_after(content, on(3, description="three"), on(7, rating_amps=15, valid_from=MARCH))
    assert text == (
        "\ufeff# by hand, please keep\r\n"
        "Poles , PANEL,description,valid_from,rating\r\n"
        '"3",rpp-1a,"one, two"\r\n'
        f"3,rpp-1a,three,{NOW_TEXT}\r\n"
        "\r\n"
        " 9 + 11 , rpp-1a\n"
        "#9,rpp-1a,was here\r"
        "   \r\n"
        "7,rpp-1a\r\n"
        "7,rpp-1a,,2026-03-10,15"
    )


def test_an_amended_row_keeps_its_place_its_line_end_and_what_is_not_asked_for() -> None:
    content = "panel,poles,description\nrpp-1a , 1 + 3 ,x\r\nrpp-1a,7\n"
    asked = on(1, description='2" pipe, left', valid_from=BEGINNING)
    assert text_after(content, asked) == (
        'panel,poles,description\nrpp-1a , 1 + 3 ,"2"" pipe, left"\r\nrpp-1a,7\n'
    )


def test_a_row_of_several_lines_stays_one_row() -> None:
    content = 'panel,poles,description\nrpp-1a,1,"two\n"\nrpp-1a,3,b\n'
    text = text_after(content, on(1, customer="X", valid_from=BEGINNING), on(3, customer="Y"))
    assert text == (
        'panel,poles,description,customer,valid_from\nrpp-1a,1,"two\n",X\nrpp-1a,3,b\n'
        f"rpp-1a,3,b,Y,{NOW_TEXT}\n"
    )


def test_a_description_like_a_comment_in_the_first_column_is_no_comment() -> None:
    text = text_after("description,panel,poles\nx,rpp-1a,1\n", on(description="#1 rack"))
    assert f'"#1 rack",rpp-1a,1,{NOW_TEXT}\n' in text
    assert versions(text)[1].description == "#1 rack"


def test_a_file_that_is_not_there_is_made_with_all_columns() -> None:
    assert text_after(None, on(2, description="A")) == rows(f"rpp-1a,2,A,,,1P,,{NOW_TEXT}")


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (MARCH, "2026-03-10"),
        (datetime(2026, 7, 1, 4, tzinfo=UTC), "2026-07-01"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-06-30T20:00-04:00"),
        (MARCH + timedelta(microseconds=1), "2026-03-10T00:00:00.000001-04:00"),
        # 01:30 comes twice on this day
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "2026-11-01T01:30-04:00"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "2026-11-01T01:30-05:00"),
        (datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC), "9998-12-31T18:59:59-05:00"),
        (BEGINNING, ""),
        (BEGINNING + timedelta(seconds=1), "1969-12-31T19:00:01-05:00"),
    ],
)
def test_a_time_is_written_as_a_date_at_local_midnight_and_reads_back_exactly(
    at: datetime, written: str
) -> None:
    text = text_after(rows(), on(valid_from=at))
    assert text == rows(f"rpp-1a,1,,,,1P,,{written}")
    assert versions(text)[0].valid_from == at


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (on(3, "rpp-9"), "panel rpp-9 pole 3: unknown panel 'rpp-9': expected one of rpp-1a, ups"),
        (
            on(49),
            "panel rpp-1a pole 49: poles: pole 49 is not on panel rpp-1a: expected 1 to 48",
        ),
        (
            on(-1),
            "panel rpp-1a pole -1: poles: expected poles such as 1 or 1+3+5, not '-1'",
        ),
        (
            on(3, poles=(3, 4)),
            "panel rpp-1a pole 3: poles: poles 3+4 are not one breaker: expected 3+5",
        ),
        (
            on(3, poles=(5, 7)),
            "panel rpp-1a pole 3: poles: expected poles of which 3 is the first",
        ),
        (on(3, poles=()), "panel rpp-1a pole 3: poles: expected poles of which 3 is the first"),
        (
            on(5),
            "panel rpp-1a pole 5: pole 5 is on breakers 3+5 and 5 at the same time",
        ),
        (
            on(3, connection=Connection.WYE),
            "panel rpp-1a pole 3: pole 7 is on breakers 7 and 3+5+7 at the same time",
        ),
        (  # the cell is empty, and would mean 2P of two poles
            on(7, poles=(7, 9), connection=Connection.LINE_NEUTRAL),
            "panel rpp-1a pole 7: connection: connection 1P takes 1 poles, but 7+9 are 2",
        ),
        (
            on(1, "ups", connection=Connection.LINE_NEUTRAL, poles=(1,)),
            NO_NEUTRAL,
        ),
        (
            on(3, rating_amps=0),
            "panel rpp-1a pole 3: rating: expected amps as a whole number from 1 to 10000, not '0'",
        ),
        (
            on(3, power_factor=Decimal("1.01")),
            "panel rpp-1a pole 3: power_factor: expected a number from 0 to 1, not '1.01'",
        ),
        (
            on(3, power_factor=Decimal("NaN")),
            "panel rpp-1a pole 3: power_factor: expected a number from 0 to 1, not 'NaN'",
        ),
        (
            on(3, description="x" * 201),
            "panel rpp-1a pole 3: description: 201 characters: expected at most 200",
        ),
        *(
            (
                on(3, customer=f"a{mark}b"),
                f"panel rpp-1a pole 3: customer: {ONE_LINE}, not {f'a{mark}b'!r}",
            )
            for mark in ("\n", "\r", "\0", "\x1b", "\x85", "\u2028", "\ud800")
        ),
        (
            on(3, valid_from=BEGINNING - timedelta(seconds=1)),
            "panel rpp-1a pole 3: valid_from: expected a time from 1970 to 9998",
        ),
        (
            on(3, valid_from=datetime.max.replace(tzinfo=UTC)),
            "panel rpp-1a pole 3: valid_from: expected a time from 1970 to 9998",
        ),
    ],
)
def test_a_bad_change_is_refused_in_terms_of_the_request(
    change: CircuitChange, reason: str
) -> None:
    assert (
        refused(rows("# one", "rpp-1a,3+5,A,,,,,", "rpp-1a,7", "ups,1+3,B,,,,,"), change) == reason
    )


def test_one_bad_change_refuses_all_and_every_reason_is_told() -> None:
    reasons = refused(rows(), on(1), on(2, rating_amps=-1), on(50))
    assert reasons.count("panel rpp-1a pole") == 2


def test_a_later_version_of_another_breaker_is_in_the_way_of_a_tie() -> None:
    content = rows("rpp-1a,1,A,,,,,", "rpp-1a,3,B,,,,,2027-01-01")
    assert "pole 3 is on breakers 1+3 and 3" in refused(content, on(1, poles=(1, 3)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "circuits.csv:1: is empty: expected the columns "),
        (rows("rpp-9,1"), "circuits.csv:2: panel: unknown panel 'rpp-9'"),
        (rows("rpp-1a,1", "rpp-1a,1"), "circuits.csv:3: rpp-1a poles: breaker 1 has two versions"),
        (rows('rpp-1a,1,"'), "circuits.csv:2: not CSV from here on"),
    ],
)
def test_a_file_that_is_bad_already_is_not_edited(content: str, reason: str) -> None:
    assert refused(content, on(7, description="x")).startswith(reason)


def test_a_file_that_is_not_text_is_not_edited() -> None:
    with pytest.raises(InputError, match="is not UTF-8 text"):
        changed("Müller".encode("latin-1"), [on()], PANELS, NEW_YORK, NOON)
