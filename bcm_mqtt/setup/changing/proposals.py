"""A change that is wished for, as new contents of files, tried before anything is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from os import environ
from pathlib import Path
from typing import Final, Literal

from bcm_mqtt.config import Settings, load
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import reading_instead, utf8_of
from bcm_mqtt.setup.changing.shown import ShownEntry, shown_entry
from bcm_mqtt.setup.changing.texts import Texts, digest
from bcm_mqtt.setup.changing.wishes import Wish, new_texts
from bcm_mqtt.setup.scanning import serial_ports

_BOM: Final = b"\xef\xbb\xbf"
TEXT: Final = "text"
"""Names an entry's text among the fields that problems are at."""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line that goes or comes.

    Attributes:
        file: To people.
        number: Before for one that goes, after for one that comes.
        sign: Which of the two.
        text: Of it.
    """

    file: str
    number: int
    sign: Literal["-", "+"]
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that could be made: the files would be accepted.

    Attributes:
        section: Where it is, or "" of several.
        what: In words, such as `gateways babel-1`.
        contents: By file, what is there now and what would be; None where there is no file.
        lines: That would change.
        settings: That the files would be.
    """

    section: str
    what: str
    contents: Mapping[Path, tuple[bytes | None, bytes | None]]
    lines: tuple[ChangedLine, ...]
    settings: Settings = field(repr=False)


def proposal_of(texts: Texts, wish: Wish, environment: Mapping[str, str] = environ) -> Proposal:
    """What a wish would do.

    Raises:
        InputError: why it cannot be done, at its field where it is one's.
    """
    section, before = wish.section, shown_entry(texts, wish.section, wish.entry)
    _check_entry(wish, before)
    try:
        changed = dict(new_texts(texts, wish, before))
    except InputError as error:
        raise InputError(_at_field(one, wish) for one in error.problems) from None
    contents = {
        file: (texts.contents[file], _bytes(texts, file, changed[file])) for file in changed
    }
    _check_versions(texts, wish.versions, contents)
    after = texts.with_contents({file: new for file, (_, new) in contents.items()})
    _check_reach(wish, before, shown_entry(after, section, wish.entry))
    try:
        settings = tried(texts.main, after.contents, environment)
    except InputError as error:
        raise InputError(_placed(one, wish, after) for one in error.problems) from None
    return Proposal(
        section=section.id,
        what=f"{section.id} {wish.entry}".strip(),
        contents=contents,
        lines=tuple(changed_lines(texts, contents)),
        settings=settings,
    )


def tried(
    main: Path, contents: Mapping[Path, bytes | None], environment: Mapping[str, str] = environ
) -> Settings:
    """The settings that files with such contents would be; raises InputError."""
    new = {file: utf8_of(content, str(file)) for file, content in contents.items() if content}
    with reading_instead(new):
        return load(main, environment=environment)


def changed_lines(
    texts: Texts, contents: Mapping[Path, tuple[bytes | None, bytes | None]]
) -> Iterator[ChangedLine]:
    """Lines that go or come, in the order of the files."""
    for file, (before, after) in contents.items():
        name = texts.name(file)
        old, new = (utf8_of(one or b"", name).splitlines() for one in (before, after))
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                yield from (ChangedLine(name, n + 1, "-", old[n]) for n in range(a, b))
                yield from (ChangedLine(name, n + 1, "+", new[n]) for n in range(c, d))


def _check_entry(wish: Wish, before: ShownEntry) -> None:
    is_there = bool(before.text)
    if wish.section.is_single and (wish.removes or wish.is_new):
        raise InputError.of(f"{wish.section.id} stays: expected fields that change")
    if wish.text is not None and not wish.section.has_text:
        raise InputError.of(f"{wish.section.id}: expected fields, and no text")
    if wish.is_new and not wish.entry.strip():
        raise InputError.of("expected an id", key=_key(wish, "id"))
    if wish.is_new and is_there:
        raise InputError.of("is there already: expected another id", key=_key(wish, "id"))
    if not (wish.is_new or is_there or wish.section.is_single):
        raise InputError.of(f"{wish.entry!r} is not there any more: load the page again")


def _check_reach(wish: Wish, before: ShownEntry, after: ShownEntry) -> None:
    """Who may change the configuration may not open every file of the machine by that.

    Nothing has been opened yet: even its complaint about a file would show some of it.
    """
    device, profile = after.values.get("serial", ""), after.values.get("profile", "")
    if (
        device
        and device != before.values.get("serial", "")
        and device not in (known := serial_ports())
    ):
        message = f"is no serial port of this machine: there are {', '.join(known) or 'none'}"
        raise InputError.of(message, key=_key(wish, TEXT if wish.text else "serial"))
    if profile != before.values.get("profile", "") and Path(profile).name != profile:
        message = "expected a profile, or the name of a file beside the configuration"
        raise InputError.of(message, key=_key(wish, TEXT if wish.text else "profile"))


def _check_versions(
    texts: Texts,
    shown: Mapping[str, str],
    contents: Mapping[Path, tuple[bytes | None, bytes | None]],
) -> None:
    for file, (before, _) in contents.items():
        if shown.get(texts.name(file), "") != digest(before):
            message = "was changed since the page was opened: load the page again; nothing is lost"
            raise InputError.of(message, source=texts.name(file))


def _bytes(texts: Texts, file: Path, text: str) -> bytes:
    """With the byte order mark that some editors put before it."""
    mark = _BOM if (texts.contents[file] or b"").startswith(_BOM) else b""
    return mark + text.encode()


def _key(wish: Wish, field: str) -> str:
    return f"{wish.entry or wish.section.id}: {field}"


def _at_field(problem: Problem, wish: Wish) -> Problem:
    """What could not be put into the text."""
    if wish.text is not None:
        line = f"line {problem.line}: " if problem.line else ""
        return Problem("", 0, _key(wish, TEXT), f"{line}{problem.message}")
    name = problem.key.rpartition(".")[2]
    is_field = any(field.name == name for field in wish.section.fields)
    return Problem("", 0, _key(wish, name), problem.message) if is_field else problem


def _placed(problem: Problem, wish: Wish, after: Texts) -> Problem:
    """What the loader refuses, at the field or the line that it is about."""
    section, path = wish.section, wish.section.path_of(wish.entry)
    entry = ".".join(map(str, path))
    if problem.key != entry and not problem.key.startswith(f"{entry}."):
        return problem
    rest = problem.key[len(entry) + 1 :]
    place = after.place(section, path)
    found = after.entry(*place) if place else None
    if wish.text is not None and found:
        number = max(1, problem.line - found.line + 1)
        message = f"line {number}: {rest}: {problem.message}" if rest else problem.message
        return Problem("", 0, _key(wish, TEXT), message)
    name = rest.split(".")[0] or ("id" if wish.is_new else "")
    if name == "id" or any(field.name == name for field in section.fields):
        return Problem("", 0, _key(wish, name), problem.message)
    return problem
