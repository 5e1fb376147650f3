"""The link of a pair: who may ask, and what becomes of everything else that connects."""

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bcm_mqtt.bridge.pair.link import Asking, Fields, LinkError, answering
from bcm_mqtt.config import PeerSettings
from bcm_mqtt.config.network.peer import PeerTlsSettings
from peers.process import free_port

SECRET = b"known to both of them"


def peer(port: int, **changed: Any) -> PeerSettings:  # noqa: ANN401 - of any field
    there = ("127.0.0.1", port)
    return replace(PeerSettings(there, there, is_first=True, secret=SECRET), **changed)


@pytest.fixture(autouse=True)
async def connections_end() -> AsyncIterator[None]:
    """Those that a test has closed are gone when its event loop ends."""
    yield
    await asyncio.sleep(0.05)


class Answering:
    """A side that answers, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Fields]] = []

    async def answer(self, name: str, fields: Fields) -> Fields:
        self.asked.append((name, dict(fields)))
        if name == "slow":
            await asyncio.sleep(60)
        return {"number": len(self.asked)}


@asynccontextmanager
async def side(**changed: Any) -> AsyncIterator[tuple[int, Answering]]:  # noqa: ANN401 - as above
    one, port = Answering(), free_port()
    async with answering(peer(port, **changed), one.answer):
        yield port, one


async def test_each_question_has_its_answer_over_one_connection() -> None:
    async with side() as (port, one):
        asking = Asking(peer(port))
        large = "x" * 1_000_000
        assert await asking.ask("renew", 10, term=(1, True)) == {"number": 1}
        assert await asking.ask("copy", 10, content=large) == {"number": 2}
        assert one.asked == [("renew", {"term": [1, True]}), ("copy", {"content": large})]
        asking.close()


async def test_after_a_question_without_an_answer_the_next_has_its_own() -> None:
    async with side() as (port, _):
        asking = Asking(peer(port))
        with pytest.raises(LinkError, match="no answer in time"):
            await asking.ask("slow", 0.2)
        assert await asking.ask("renew", 10) == {"number": 2}
        asking.close()


async def test_a_side_that_is_not_there_is_said() -> None:
    with pytest.raises(LinkError, match=r"refused|Connect"):
        await Asking(peer(free_port())).ask("renew", 10)


async def test_another_secret_is_refused_on_both_sides(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with side() as (port, one):
        with pytest.raises(LinkError):
            await Asking(peer(port, secret=b"known to somebody else")).ask("renew", 10)
        assert one.asked == []
    assert "bridge.peer.secret must be the same on both" in caplog.text


HOSTILE = {
    "nothing": b"",
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a huge frame": b"\xff\xff\xff\xff" + b"x" * 100,
    "no object": (4).to_bytes(4, "big") + b"null",
    "no text": (4).to_bytes(4, "big") + b"\xff\xfe\xfd\xfc",
    "another version": (33).to_bytes(4, "big") + b'{"bcm_pair": 2, "drawn": "abcdef"}'[:33],
    "drawn is no text": (26).to_bytes(4, "big") + b'{"bcm_pair":1, "drawn": 1}',
    "a deep object": (900).to_bytes(4, "big") + b"[" * 900,
}


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_whatever_connects_does_no_harm(name: str) -> None:
    async with side() as (port, one):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HOSTILE[name])
        if writer.can_write_eof():
            writer.write_eof()
        async with asyncio.timeout(30):
            while await reader.read(65_536):
                pass
        writer.close()
        assert one.asked == []
        asking = Asking(peer(port))
        assert await asking.ask("renew", 10) == {"number": 1}
        asking.close()


async def test_what_was_overheard_cannot_be_played_back() -> None:
    """A recorded connection, byte for byte, asks nothing on another connection."""
    heard = bytearray()

    async def overhear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)

        async def back() -> None:
            while data := await there_reader.read(65_536):
                writer.write(data)

        task = asyncio.create_task(back())
        while data := await reader.read(65_536):
            heard.extend(data)
            there_writer.write(data)
        task.cancel()
        there_writer.close()
        writer.close()

    async with side() as (target, one):
        between = await asyncio.start_server(overhear, "127.0.0.1", 0)
        port = between.sockets[0].getsockname()[1]
        asking = Asking(peer(port))
        await asking.ask("release", 10, term=(1, True))
        asking.close()
        assert len(one.asked) == 1
        reader, writer = await asyncio.open_connection("127.0.0.1", target)
        writer.write(bytes(heard))
        async with asyncio.timeout(30):
            while await reader.read(65_536):
                pass
        writer.close()
        assert len(one.asked) == 1
        between.close()


async def test_silent_connections_do_not_keep_the_other_side_out() -> None:
    async with side() as (port, _):
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]

        asking = Asking(peer(port))

        async def asked() -> Fields:
            while True:
                try:
                    return await asking.ask("renew", 2)
                except LinkError:
                    await asyncio.sleep(0.2)

        async with asyncio.timeout(60):
            assert await asked() == {"number": 1}
        asking.close()
        for _, writer in silent:
            writer.close()


async def test_connections_that_a_machine_without_power_has_left_do_not_keep_it_out() -> None:
    async with side() as (port, one):
        left = [Asking(peer(port)) for _ in range(20)]
        for number, asking in enumerate(left, 1):
            assert await asking.ask("renew", 10) == {"number": number}
        with pytest.raises(LinkError):  # those that are silent for longest are given up
            await left[0].ask("renew", 10)
        assert await left[-1].ask("renew", 10) == {"number": 21}
        assert len(one.asked) == 21
        for asking in left:
            asking.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PeerTlsSettings]:
    """Of two authorities: one that both sides trust, and another one."""
    found = {}
    for name in ("ours", "theirs"):
        folder = tmp_path_factory.mktemp(name)
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        named = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run(
            [*made, "-keyout", str(key), "-out", str(certificate), *named],
            check=True,
            capture_output=True,
        )
        found[name] = PeerTlsSettings(certificate, certificate, key)
    return found


async def test_with_certificates_no_secret_is_needed(
    certificates: dict[str, PeerTlsSettings],
) -> None:
    ours = certificates["ours"]
    async with side(secret=b"", tls=ours) as (port, _):
        asking = Asking(peer(port, secret=b"", tls=ours))
        assert await asking.ask("renew", 10) == {"number": 1}
        asking.close()


async def test_without_a_certificate_of_the_same_authority_nothing_is_asked(
    certificates: dict[str, PeerTlsSettings],
) -> None:
    ours, theirs = certificates["ours"], certificates["theirs"]
    strangers = [
        PeerTlsSettings(ours.ca, theirs.certificate, theirs.key),
        PeerTlsSettings(theirs.ca, ours.certificate, ours.key),
        None,
    ]
    async with side(secret=b"", tls=ours) as (port, one):
        for stranger in strangers:
            with pytest.raises(LinkError):
                await Asking(peer(port, secret=b"", tls=stranger)).ask("renew", 10)
        assert one.asked == []
