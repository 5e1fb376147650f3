"""A feed: named values that browsers follow, each change encoded once for a language."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Protocol, TypeAlias

import orjson

from bcm_mqtt.languages import tag


class Phrase(Protocol):
    """A text whose `str` is in the language that is spoken; equal to another of equal parts."""

    def __str__(self) -> str:
        """Now, for who follows."""


Value: TypeAlias = str | int | float | bool | Phrase | None
Frame: TypeAlias = bytes
"""A server-sent event, with the blank line that ends it."""
_KEEP_ALIVE = b": still here\n\n"
_START = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""


class Followed(Protocol):
    """What a stream can follow."""

    @property
    def version(self) -> int:
        """Of what is shown."""

    def since(self, version: int) -> Frame:
        """What a follower needs that knows this version; b"" if nothing."""

    def followed_by(self, follower: asyncio.Event) -> AbstractContextManager[None]:
        """Sets the event at every change while the context is open."""


class Feed:
    """Named values with a version; a follower gets the last change, or all of them.

    There is no queue: a follower that is one version behind gets the change, one that is
    further behind gets everything as it is now.
    """

    def __init__(
        self, event: str, owner: str = "", also: Callable[[], Mapping[str, Value]] = dict
    ) -> None:
        """Nothing is known yet.

        Args:
            event: Name of its server-sent events.
            owner: What it is of, such as a panel; part of every event.
            also: Further values for a newcomer, as they are at that moment.
        """
        self._also = also
        self._event = event
        self._owner = owner
        self._values: dict[str, Value] = {}
        self._new: Mapping[str, Value] | None = None
        self._change: dict[str, Frame] = {}
        """By language; empty until somebody follows."""
        self._followers: set[asyncio.Event] = set()
        self.version = 0

    @property
    def values(self) -> Mapping[str, Value]:
        """As they are now."""
        return self._values

    def show(self, values: Mapping[str, Value]) -> None:
        """Takes the values as they are now, and wakes the followers if any is different."""
        before = self._values
        new = {key: value for key, value in values.items() if before.get(key, ...) != value}
        gone = before.keys() - values.keys()
        if not new and not gone:
            return
        self._values = dict(values)
        self.version += 1
        self._new = None if gone else new
        self._change = {}
        for follower in self._followers:
            follower.set()

    def since(self, version: int) -> Frame:
        """What a follower needs that knows this version; b"" if nothing."""
        if version == self.version or not self.version:
            return b""
        return self._last() if version == self.version - 1 else self.whole()

    def _last(self) -> Frame:
        """The last change, in the language of who follows."""
        spoken = tag()
        if spoken not in self._change:
            self._change[spoken] = (
                self.whole() if self._new is None else self._frame("new", self._new)
            )
        return self._change[spoken]

    def whole(self) -> Frame:
        """All values."""
        return self._frame("all", {**self._values, **self._also()})

    @contextmanager
    def followed_by(self, follower: asyncio.Event) -> Iterator[None]:
        """Sets the event at every change while the context is open."""
        self._followers.add(follower)
        try:
            yield
        finally:
            self._followers.discard(follower)

    def part(self, keys: Callable[[], Collection[str]]) -> "FeedPart":
        """Only those of its values that `keys` names at the time, for one browser."""
        return FeedPart(self, Feed(self._event, self._owner, self._also), keys)

    def _frame(self, kind: str, values: Mapping[str, Value]) -> Frame:
        said = {"of": self._owner, kind: values}
        body = orjson.dumps(said, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS)
        return b"event: %b\ndata: %b\n\n" % (self._event.encode(), body)


class FeedPart:
    """Some values of a feed, brought up to date whenever they are read."""

    def __init__(self, source: Feed, shown: Feed, keys: Callable[[], Collection[str]]) -> None:
        """Takes the feed, an empty one for what is shown of it, and what that is at the time."""
        self._source = source
        self._shown = shown
        self._keys = keys

    @property
    def version(self) -> int:
        """Of what is shown."""
        return self._shown.version

    def since(self, version: int) -> Frame:
        """What a follower needs that knows this version; b"" if nothing."""
        values = self._source.values
        self._shown.show({key: values[key] for key in self._keys() if key in values})
        return self._shown.since(version)

    def followed_by(self, follower: asyncio.Event) -> AbstractContextManager[None]:
        """Sets the event at every change of the feed while the context is open."""
        return self._source.followed_by(follower)


async def events(
    feeds: Sequence[Followed],
    closing: asyncio.Event,
    *,
    pause_s: float = 0.25,
    silent_s: float = 15.0,
) -> AsyncIterator[bytes]:
    """Everything as it is now, then what changes, until `closing` or the browser goes.

    Args:
        feeds: To follow.
        closing: Ends it, at the next change or keep-alive.
        pause_s: At least so long between two parcels: changes in between are sent together.
        silent_s: After so long without a change it sends a comment, which keeps the connection.
    """
    changed = asyncio.Event()
    known = [-1] * len(feeds)
    with ExitStack() as following:
        for feed in feeds:
            following.enter_context(feed.followed_by(changed))
        yield _START
        while not closing.is_set():
            changed.clear()
            parcel = b"".join(
                feed.since(version) for feed, version in zip(feeds, known, strict=True)
            )
            known = [feed.version for feed in feeds]
            yield parcel or _KEEP_ALIVE
            await asyncio.sleep(pause_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(silent_s):
                    await changed.wait()
