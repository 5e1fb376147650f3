"""Which requests were done: a journal on disk, written before and after each.

A line says what is about to be written, with the content of the file before and after as
SHA-256, a second one what became of it. A process that is killed between them finds at its next
start in the file itself whether it was done. Lines are only ever added, and synced.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from bcm_mqtt.bridge.whole_file import DAMAGE, write_whole
from bcm_mqtt.domain.time import from_text, to_text
from bcm_mqtt.domain.validity import LONGEST
from bcm_mqtt.files import make, sync_folder
from bcm_mqtt.mqtt.payloads import CHANGING, transaction_of
from bcm_mqtt.mqtt.requests import Answer, Received

_LOG = logging.getLogger(__name__)
SENT_AGAIN = timedelta(minutes=5)
"""For so long the same change without a deadline counts as one that was sent twice.

Automations may give each of theirs the same transaction, and mean each: to acknowledge or poll
again is another request, and to set again what was set is none.
"""
_KEPT_ANYWAY = 1_000
"""The latest, whatever the wall clock says: it may be wrong."""
_MOST = 20_000
_NOT_KNOWN = "not known: the bridge was ended while it did this: check whether it was done"
_NOT_DONE = "not done: the bridge was ended before it was"


@dataclass(frozen=True, slots=True)
class Trace:
    """What tells, after a kill, whether something was done.

    Attributes:
        what: Is changed, such as `circuits.csv`.
        before: As it was, in a form that `Present` can compare.
        after: As it will be.
        outcome: Of the answer, where it was done.
    """

    what: str = ""
    before: str = ""
    after: str = ""
    outcome: Mapping[str, Any] | None = None


Present = Callable[[str, str], bool]
"""Whether something (`what`) is now as a text of a trace says."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A request that was begun or answered.

    Attributes:
        key: Of its action and transaction.
        content: SHA-256 of all of it.
        at: When it came.
        has_deadline: Whether it said until when it may be begun.
        trace: Of the change that was begun last.
        answer: What became of it; None while it is done.
    """

    key: str
    content: str
    at: datetime
    has_deadline: bool
    trace: Trace = Trace()
    answer: Answer | None = None

    def found(self, is_there: Present) -> "Transaction":
        """After a kill: with what became of it, by what is there."""
        trace = self.trace
        if self.answer:
            return self
        if trace.what and (trace.before == trace.after or is_there(trace.what, trace.after)):
            answer = Answer(outcome=trace.outcome or {})
        elif trace.what and is_there(trace.what, trace.before):
            answer = Answer(_NOT_DONE, done=False)
        else:
            answer = Answer(_NOT_KNOWN, done=None)  # it was changed again since
        return replace(self, answer=answer)

    def is_sent_again(self, action: str, at: datetime) -> bool:
        """Whether the same request that comes now is this one, sent twice."""
        return self.has_deadline or (action in CHANGING and abs(at - self.at) <= SENT_AGAIN)


class Journal:
    """The transactions of a day; `put` waits for the disk, and may be called by any thread."""

    def __init__(self, file: Path, mode: int) -> None:
        """Reads nothing yet.

        Args:
            file: Made with the first transaction.
            mode: Of a new file.
        """
        self.file = file
        self._mode = mode
        self._writing = Lock()
        self._known: dict[str, Transaction] = {}
        self._lines = 0

    def open(self, is_there: Present, now: datetime) -> None:
        """Reads what was done, and finds out what became of what was under way.

        Args:
            is_there: Compares what is there now.
            now: The present: what is older than a day is forgotten.
        """
        try:
            lines = self.file.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            _LOG.warning("%s: cannot be read: %s", self.file, error.strerror)
            return
        damaged = 0
        for number, line in enumerate(lines, 1):
            try:
                self._remember(_read(json.loads(line)))
            except DAMAGE:
                damaged += number < len(lines)  # the last one may be torn by a power cut
        if damaged:
            _LOG.warning(
                "%s: %d of %d lines are damaged and passed over: their requests are done again "
                "if they are sent again",
                self.file,
                damaged,
                len(lines),
            )
        self._known = {key: one.found(is_there) for key, one in self._known.items()}
        self._shorten(now)

    def get(self, key: str) -> Transaction | None:
        """The transaction of a key."""
        return self._known.get(key)

    def put(self, one: Transaction, *, sync: bool = True) -> None:
        """Writes what is begun, or what became of it.

        Args:
            one: To be remembered in memory in any case.
            sync: Safe against a power cut as well.

        Raises:
            OSError: it is remembered in memory alone.
        """
        with self._writing:
            self._put(one, sync=sync)

    def _put(self, one: Transaction, *, sync: bool) -> None:
        self._remember(one)
        if max(self._lines, len(self._known)) > _MOST:  # a disk that fails has fewer lines
            self._shorten(one.at)
        if is_new := not self.file.exists():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            make(self.file, self._mode)
        with self.file.open("ab") as out:
            # After a torn line, or one that had no room, begins another one.
            out.write(b"\n" * self._is_torn() + _text(one).encode() + b"\n")
            out.flush()
            self._lines += 1
            if sync:
                os.fsync(out.fileno())
        if is_new and sync:
            sync_folder(self.file.parent)

    def _is_torn(self) -> bool:
        with self.file.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def _remember(self, one: Transaction) -> None:
        self._known.pop(one.key, None)  # the latest is the last
        self._known[one.key] = one

    def _shorten(self, now: datetime) -> None:
        """Forgets what is older than a day, and writes the file again."""
        latest = list(self._known.values())[-_MOST // 2 :]
        old = latest[:-_KEPT_ANYWAY]
        kept = [*(one for one in old if one.at > now - LONGEST), *latest[-_KEPT_ANYWAY:]]
        self._known = {one.key: one for one in kept}
        try:
            write_whole(self.file, "".join(f"{_text(one)}\n" for one in kept), mode=self._mode)
            self._lines = len(kept)
        except OSError as error:
            _LOG.warning("%s: cannot be written: %s", self.file, error.strerror)


def _text(one: Transaction) -> str:
    return json.dumps({**asdict(one), "at": to_text(one.at)}, separators=(",", ":"))


def _read(row: Mapping[str, Any]) -> Transaction:
    trace, answer = Trace(**row["trace"]), Answer(**row["answer"]) if row["answer"] else None
    texts = [row["key"], row["content"], trace.what, trace.before, trace.after]
    outcomes = [trace.outcome or {}]
    if answer:
        texts += [answer.error, answer.refusal]
        outcomes.append(answer.outcome)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    if not all(isinstance(outcome, dict) for outcome in outcomes):
        raise TypeError
    if answer and not isinstance(answer.mistake, bool):
        raise TypeError
    at, has_deadline = from_text(row["at"]), row["has_deadline"] is True
    return Transaction(row["key"], row["content"], at, has_deadline, trace, answer)


def transaction_key(received: Received) -> str:
    """By which a request is known again; "" of one without a transaction."""
    transaction = transaction_of(received.message.payload)
    if transaction is None:
        return ""
    return digest(json.dumps([received.action, transaction]).encode())


def content_of(received: Received) -> str:
    """SHA-256 of all that it says."""
    return digest(received.action.encode() + b" " + received.message.payload)


def digest(content: bytes | None) -> str:
    """SHA-256 of a content; "" of none."""
    return "" if content is None else sha256(content).hexdigest()


def digest_of(file: Path) -> str:
    """SHA-256 of a file; "" of one that is not there."""
    try:
        return digest(file.read_bytes())
    except OSError:
        return ""
