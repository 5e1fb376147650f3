"""What a processed month rests on is changed: at the page, by a command, a request or a file."""

from contextlib import closing
from dataclasses import replace

import pytest

from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NOON, directory
from unit.site_files import database_url
from unit.web.billing.conftest import Desk, site_billing
from unit.web.billing.measured_site import CIRCUITS, START
from unit.web.conftest import REPORT

OF_PANEL = "the directory of rpp-1a"
METER = {"panel": "rpp-1a", "poles": [1], "serial": "B-2", "valid_from": "2026-03-10"}


@pytest.fixture(name="desk")
async def processed(desk: Desk) -> Desk:
    """A desk whose March was processed, and whose bridge polls the panel."""
    desk.live.take_bridge("dc1", online=True, report=REPORT)
    desk.live.take_directory("rpp-1a", directory(*CIRCUITS))
    await desk.process()
    assert (await desk.month())["changed"] == []
    return desk


def exchanged(desk: Desk) -> None:
    """What the recorder stores after an exchange by the command or a request over MQTT."""
    row = Instrument((1,), serial="B-2", valid_from=START)
    item = replace(directory(*CIRCUITS), instruments=(row,))
    with closing(Store(database_url(desk.folder))) as store:
        store.directories.add(item, encode_directory(item), NOON)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("meters", METER),
        ("meters", {**METER, "exchange": True, "last_reading": "10", "first_reading": "0"}),
        ("circuits", {"changes": [{"panel": "rpp-1a", "pole": 1, "description": "Customer3-A"}]}),
        ("circuits/csv", {"csv": "panel,poles,description\nrpp-1a,1,Customer3-A\n"}),
    ],
)
async def test_an_edit_at_the_page_marks_months_until_they_are_processed_again(
    desk: Desk, path: str, body: dict[str, object]
) -> None:
    preview = await desk.post(f"/api/v1/{path}/preview", body)
    assert preview.status_code == 200, preview.text
    assert (await desk.month())["changed"] == []
    answer = await desk.post(f"/api/v1/{path}", body)
    assert answer.status_code == 200, answer.text
    assert (await desk.month())["changed"] == [OF_PANEL]
    for page in ("2026-03", "2026-03/findings"):
        assert OF_PANEL in (await desk.get(f"/billing/{page}")).text
    await desk.process()
    assert (await desk.month())["changed"] == []


async def test_an_edit_that_changes_nothing_or_is_refused_marks_none(desk: Desk) -> None:
    same = {"panel": "rpp-1a", "pole": 1, "description": "Customer1-A-1"}
    await desk.post("/api/v1/circuits", {"changes": [same]})
    await desk.post("/api/v1/meters", {**METER, "multiplier": "0"})
    assert (await desk.month())["changed"] == []


async def test_an_edit_that_reaches_the_store_from_elsewhere_marks_it_as_well(desk: Desk) -> None:
    exchanged(desk)
    assert (await desk.month())["changed"] == [OF_PANEL]
    await desk.post("/api/v1/meters", METER)  # which is said once
    assert (await desk.month())["changed"] == [OF_PANEL]
    await desk.process()
    assert (await desk.month())["changed"] == []


async def test_so_does_an_edit_of_the_page_that_was_processed_before_it_was_stored(
    desk: Desk,
) -> None:
    await desk.post("/api/v1/meters", METER)
    await desk.process()
    exchanged(desk)
    assert (await desk.month())["changed"] == [OF_PANEL]


async def test_an_entry_by_the_command_and_another_tariff_are_named(desk: Desk) -> None:
    end = START.replace(hour=START.hour + 1)
    entry = IntervalEdit("rpp-1a", 2, START, end, EditAction.DISCARD, "J. Doe", "a test", NOON)
    with site_billing(desk.folder / "bcm.yaml", desk.clock) as billing:
        billing.enter(entry)
        billing.withdraw(1, "J. Doe", "done")
    tariffs = desk.folder / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1185", "0.2000"))
    assert (await desk.month())["changed"] == [
        "entry 1 about rpp-1a:2",
        "entry 2 about rpp-1a:2",
        "tariffs, customers or settings",
    ]
    tariffs.write_text("tariffs: [")
    assert len((await desk.month())["changed"]) == 2  # the page says that the file is wrong


async def test_what_is_known_is_shown_while_the_database_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.post("/api/v1/meters", METER)
    exchanged(desk)

    def away(*_: object) -> None:
        raise WorkError("the database is away")

    monkeypatch.setattr("bcm_mqtt.store.directories.Directories.revised_since", away)
    assert (await desk.month())["changed"] == [OF_PANEL]
