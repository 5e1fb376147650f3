"""A part of the configuration as a page shows it: the texts of fields, and of whole entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcm_mqtt.setup.changing.sections import SECTIONS, Section
from bcm_mqtt.setup.changing.texts import Texts


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry as its file has it.

    Attributes:
        id: Within its section; "" of a single one.
        values: Texts of its fields that are given.
        fixed: Fields that are written in a way that forms do not change, such as `!env NAME`.
        others: Its keys that are neither fields nor sections of their own.
        text: As YAML.
        briefly: Of fields that are rows, what begins each of them.
    """

    id: str
    values: Mapping[str, str]
    fixed: tuple[str, ...]
    others: tuple[str, ...]
    text: str
    briefly: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A part of the configuration.

    Attributes:
        section: Which.
        file: In which its entries stand, to people; "" where there is none yet.
        entries: In their order.
        versions: Digests of the files that were read, by name.
    """

    section: Section
    file: str
    entries: tuple[ShownEntry, ...]
    versions: Mapping[str, str]


def shown_section(texts: Texts, section: Section) -> ShownSection:
    """A part as its files have it now; raises InputError for files that are no YAML."""
    place = texts.place(section, section.path)
    if place is None:
        return ShownSection(section, "", (), texts.versions())
    whole = texts.entry(*place)
    ids = [""] if section.is_single else whole.keys if whole else []
    entries = tuple(shown_entry(texts, section, entry) for entry in ids)
    return ShownSection(section, texts.name(place[0]), entries, texts.versions())


def shown_entry(texts: Texts, section: Section, entry: str) -> ShownEntry:
    """An entry as its file has it; without values where it has none."""
    place = texts.place(section, section.path_of(entry))
    found = texts.entry(*place) if place else None
    if place is None or found is None:
        return ShownEntry(entry, {}, (), (), "")
    file, path = place
    values, fixed, briefly = dict[str, str](), list[str](), dict[str, str]()
    for each in section.fields:
        one = texts.entry(file, (*path, each.name))
        if one is not None:
            is_shown = each.is_shown(one)
            values[each.name] = each.shown(one) if is_shown else one.text
            if not is_shown:
                fixed.append(each.name)
            elif each.columns:
                rows, first = each.rows(values[each.name]), each.columns[0].name
                briefly[each.name] = ", ".join(row.get(first, "") for row in rows)
    inner = {one.path[len(section.path)] for one in SECTIONS.values() if _is_within(one, section)}
    others = tuple(key for key in found.keys if key not in {*values, *inner})
    return ShownEntry(entry, values, tuple(fixed), others, found.text, briefly)


def _is_within(one: Section, section: Section) -> bool:
    """Whether a section is a part of a single one, such as the alarm limits of customers."""
    depth = len(section.path)
    return section.is_single and len(one.path) > depth and one.path[:depth] == section.path
