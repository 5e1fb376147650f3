"""Changes of instruments before the bridge is requested to make them: what they would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import (
    InstrumentChange,
    InstrumentEdit,
    MeteredPanel,
    edited_instruments,
)
from bcm_mqtt.domain.site.instrument_field import FIELDS
from bcm_mqtt.languages import _, language, ngettext, translated
from bcm_mqtt.web.edits import bills_sentence, since_words


@dataclass(frozen=True, slots=True)
class MeterDifference:
    """One field of an instrument that becomes another, in the texts of meters.csv."""

    panel: str
    poles: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MeterDraft:
    """A change that could be made.

    Attributes:
        edits: Rows that it would write.
        differences: Field by field.
        effects: In sentences.
    """

    edits: tuple[InstrumentEdit, ...]
    differences: tuple[MeterDifference, ...]
    effects: tuple[str, ...]


def meter_draft(
    change: InstrumentChange,
    directories: Mapping[str, Directory],
    now: datetime,
    zone: ZoneInfo,
) -> MeterDraft:
    """What a change would do, which names its poles.

    Raises:
        InputError: why it cannot be made.
    """
    panels = {key: MeteredPanel(one.panel, {}, one.instruments) for key, one in directories.items()}
    edits = edited_instruments(panels, [change], now)[1]
    effects = [_sentence(edit, zone, now) for edit in edits] or [_("Nothing changes.")]
    if edits:
        effects.append(bills_sentence(min(edit.after.valid_from for edit in edits), now, zone))
    return MeterDraft(edits, tuple(_differences(edits)), tuple(effects))


def _differences(edits: Sequence[InstrumentEdit]) -> Iterator[MeterDifference]:
    for edit in edits:
        poles = poles_text(edit.after.poles)
        before = edit.before.texts() if edit.before else {}
        for name, after in edit.after.texts().items():
            if after != before.get(name, ""):
                yield MeterDifference(edit.panel, poles, name, before.get(name, ""), after)


def _sentence(edit: InstrumentEdit, zone: ZoneInfo, now: datetime) -> str:
    before, after = edit.before or Instrument(()), edit.after
    was, becomes = before.texts(), after.texts()
    changes = [
        _(
            "%(field)s %(before)s becomes %(after)s",
            field=_in_a_sentence(field.label),
            before=was[field.name] or _("none"),
            after=becomes[field.name] or _("none"),
        )
        for field in FIELDS
        if was[field.name] != becomes[field.name]
    ]
    return ngettext(
        "Pole %(poles)s %(since)s: %(changes)s.",
        "Poles %(poles)s %(since)s: %(changes)s.",
        len(after.poles),
        poles=poles_text(after.poles),
        since=since_words(after.valid_from, zone, now),
        changes=", ".join(changes) or _("as before"),
    )


def _in_a_sentence(label: str) -> str:
    """As it stands within a sentence: German nouns stay as they are."""
    said = translated(label)
    return said if language() == "de" else said.lower()
