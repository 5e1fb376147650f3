"""What somebody wants to change of the configuration, put into the texts of its files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bcm_mqtt.errors import InputError
from bcm_mqtt.located import KeyPath
from bcm_mqtt.located.nodes import check_nesting, parsed, tags_of
from bcm_mqtt.located.rewriting import with_entry, with_value, without
from bcm_mqtt.setup.changing.sections import Section, Writing
from bcm_mqtt.setup.changing.shown import ShownEntry
from bcm_mqtt.setup.changing.texts import Texts

_MOST_LINES: Final = 1000
"""Of an entry as text: files are parsed several times, for a millisecond or so a line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to change.

    Attributes:
        section: Where.
        entry: Id of the entry; "" of a single one.
        versions: Digests of the files as they were shown.
        fields: New texts of fields; "" removes one. None where `text` is given.
        text: The whole entry as YAML; None where fields are given.
        removes: Whether the entry is removed.
        is_new: Whether there must be no such entry yet.
    """

    section: Section
    entry: str
    versions: Mapping[str, str]
    fields: Mapping[str, str] | None = None
    text: str | None = None
    removes: bool = False
    is_new: bool = False


def new_texts(texts: Texts, wish: Wish, before: ShownEntry) -> Iterator[tuple[Path, str]]:
    """The files that are other ones then, those first that others name.

    Args:
        texts: As they are.
        wish: To be put into them.
        before: The entry as it is.

    Raises:
        InputError: why that cannot be, with its field or the line of its text.
    """
    section, path = wish.section, wish.section.path_of(wish.entry)
    if wish.removes:
        # Where the entry is a file of its own, the line that includes it goes.
        above = texts.place(section, path[:-1])
        if above:
            yield above[0], without(texts.text(above[0]), (*above[1], path[-1]))
        return
    place = texts.place(section, path)
    if place is None:
        table = texts.main.parent / f"{section.table}.yaml"
        if table.exists():
            message = (
                f"is there already, and {texts.main.name} does not name it: write "
                f"{section.table}: {table.name} there by hand"
            )
            raise InputError.of(message, source=table.name)
        place = table, path
    file, path = place
    if wish.text is not None:
        yield file, _with_text(texts, file, path, wish.text)
    else:
        yield file, _with_fields(texts.text(file), path, wish, before)
    if texts.table(section) is None:
        yield texts.main, with_value(texts.text(texts.main), (section.table,), file.name)


def _with_text(texts: Texts, file: Path, path: KeyPath, text: str) -> str:
    if text.count("\n") > _MOST_LINES:
        raise InputError.of(f"expected at most {_MOST_LINES} lines")
    check_nesting(text)
    node, there = parsed(text), texts.entry(file, path)
    known = there.tags if there else frozenset()
    for tag, name in tags_of(node) if node else ():
        if (tag, name) not in known:  # it could show a secret, or another file
            raise InputError.of(f"{tag} {name} is new: write it to the file by hand")
    return with_entry(texts.text(file), path, text)


def _with_fields(text: str, path: KeyPath, wish: Wish, before: ShownEntry) -> str:
    section, fields = wish.section, wish.fields or {}
    given = {name: value.strip() for name, value in fields.items()}
    for name, value in given.items():
        if "\n" in value and section.field(name).writing is not Writing.LINES:
            raise InputError.of("expected one line", key=name)
    new = {
        name: value
        for name, value in given.items()
        if not section.field(name).is_same(value, before.values.get(name, ""))
    }
    if not before.text and not section.is_single:
        values = {
            name: section.field(name).value(value) for name, value in new.items() if value != "[]"
        }
        return with_value(text, path, values)
    for name, value in new.items():
        field = section.field(name)
        try:
            if value and not field.is_same(value, ""):
                text = with_value(text, (*path, name), field.value(value))
            else:
                text = without(text, (*path, name))
        except InputError as error:
            raise InputError.of(error.problems[0].message, key=name) from None
    return text
