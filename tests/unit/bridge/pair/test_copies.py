"""What the side that stands by has of the other's files."""

from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest

from bcm_mqtt.bridge.pair.copies import Copied, Copying
from bcm_mqtt.bridge.pair.link import LinkError

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Sides:
    """Both sides' folders, and what was sent from one to the other."""

    def __init__(self, folder: Path) -> None:
        self.here = {name: folder / "here" / name for name in ("circuits", "energy")}
        self.there = {name: folder / "there" / name for name in ("circuits", "energy")}
        (folder / "here").mkdir()
        self.copied = Copied(self.there, 0o640, lambda: NOON)
        self.copying = Copying(self.here, self.send)
        self.sent: list[str] = []
        self.is_away = False

    async def send(self, name: str, content: str | None) -> None:
        if self.is_away:
            raise LinkError("away")
        self.sent.append(name)
        self.copied.take(name, content)


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    return Sides(tmp_path)


async def test_each_file_is_sent_once_and_again_when_it_has_changed(sides: Sides) -> None:
    sides.here["circuits"].write_bytes(b"panel,poles\r\nr\xe9,1\r\n")
    await sides.copying.copy()
    await sides.copying.copy()
    assert sides.copying.is_complete
    assert sides.sent == ["circuits", "energy"]
    assert sides.there["circuits"].read_bytes() == b"panel,poles\r\nr\xe9,1\r\n"
    assert S_IMODE(sides.there["circuits"].stat().st_mode) == 0o640
    assert not sides.there["energy"].exists()
    sides.here["energy"].write_bytes(b"{}")
    await sides.copying.copy()
    assert sides.sent[2:] == ["energy"]
    sides.here["energy"].unlink()
    await sides.copying.copy()
    assert not sides.there["energy"].exists()


async def test_a_side_that_was_away_is_sent_all_again(sides: Sides) -> None:
    sides.here["circuits"].write_bytes(b"1")
    await sides.copying.copy()
    sides.here["circuits"].write_bytes(b"22")
    sides.is_away = True
    with pytest.raises(LinkError):
        await sides.copying.copy()
    assert not sides.copying.is_complete
    assert sides.there["circuits"].read_bytes() == b"1"
    sides.is_away = False
    await sides.copying.copy()
    assert sides.sent == ["circuits", "energy", "circuits", "energy"]
    assert sides.there["circuits"].read_bytes() == b"22"


async def test_what_a_person_wrote_there_stays_beside_the_copy(sides: Sides) -> None:
    there = sides.there["circuits"]
    there.parent.mkdir()
    there.write_bytes(b"theirs")
    sides.here["circuits"].write_bytes(b"ours")
    await sides.copying.copy()
    sides.here["circuits"].write_bytes(b"ours, edited")
    await sides.copying.copy()
    assert there.read_bytes() == b"ours, edited"
    aside = there.with_name("circuits.replaced-20261130T120000Z")
    assert aside.read_bytes() == b"theirs"
    assert [file.name for file in sorted(there.parent.iterdir())] == ["circuits", aside.name]


@pytest.mark.parametrize("name", ["../../etc/passwd", "passwd", ""])
def test_nothing_but_the_named_files_is_written(sides: Sides, name: str) -> None:
    with pytest.raises(LinkError, match="of the same version"):
        sides.copied.take(name, b64encode(b"x").decode())


def test_a_damaged_content_changes_nothing(sides: Sides) -> None:
    sides.copied.take("circuits", b64encode(b"good").decode())
    with pytest.raises(LinkError, match="damaged"):
        sides.copied.take("circuits", "not base64!")
    assert sides.there["circuits"].read_bytes() == b"good"


def test_a_disk_that_fails_is_said_and_the_file_is_as_it_was(sides: Sides) -> None:
    sides.copied.take("circuits", b64encode(b"good").decode())
    sides.there["circuits"].with_name("circuits.tmp").mkdir()
    with pytest.raises(OSError, match="directory"):
        sides.copied.take("circuits", b64encode(b"new").decode())
    assert sides.there["circuits"].read_bytes() == b"good"
