"""The directory of circuits.csv into the store without a bridge."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from bcm_mqtt.config import Settings, is_owned, reload_directories
from bcm_mqtt.domain.site.circuit import Difference
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.editing.directory_difference import directory_differences
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.standing import Standing, retain_directories
from bcm_mqtt.store import RecordingStore


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied, or would be.

    Attributes:
        differences: Between what was stored and the file.
        note: What is left to do, or "".
    """

    differences: tuple[Difference, ...]
    note: str = ""


def apply_file(
    settings: Settings,
    store: RecordingStore,
    standing: Standing | None,
    clock: Clock,
    *,
    dry_run: bool,
) -> Applied:
    """Stores the directories of circuits.csv, all or none, and has the broker retain them.

    A recorder that starts again gets what the broker has retained: where that stayed as it was,
    it would be stored again.

    Args:
        settings: Of the site.
        store: Its schema checked.
        standing: What the broker has retained; None where it does not answer.
        clock: The present.
        dry_run: Only says what would be applied.

    Raises:
        InputError: circuits.csv is wrong, or is not there.
        WorkError: a bridge on another machine has the directory, or the database failed.
    """
    if not settings.circuits.exists():
        raise InputError.of("is not there: nothing can be applied", source=str(settings.circuits))
    edited = reload_directories(settings)
    stored = store.directories.all()
    zone = settings.site.zone
    by_panel = {
        panel: tuple(directory_differences(stored.get(panel), one, zone))
        for panel, one in edited.items()
    }
    changed = [edited[panel] for panel, differences in by_panel.items() if differences]
    differences = tuple(chain.from_iterable(by_panel.values()))
    runs_here = is_owned(settings.bridge.data)
    if standing and not runs_here and (reasons := list(_elsewhere(changed, standing))):
        raise WorkError(f"nothing was applied: {'; '.join(reasons)}: edit the circuits there")
    if dry_run or not changed:
        return Applied(differences)
    for one in changed:
        store.directories.add(one, encode_directory(one), clock())
    retained = runs_here or (standing is not None and _retained(settings, changed))
    state = "does not answer" if standing is None else "took no directory of this user"
    note = (
        f"the broker {state}: a recorder that starts again stores the one that is retained there; "
        "start the bridge before it, or apply this again when the broker takes it"
    )
    return Applied(differences, "" if retained else note)


def _elsewhere(changed: list[Directory], standing: Standing) -> Iterator[str]:
    for one in changed:
        if bridges := standing.bridges.get(one.panel.id):
            yield f"bridge {', '.join(sorted(bridges))} on another machine has panel {one.panel.id}"


def _retained(settings: Settings, changed: list[Directory]) -> bool:
    """Publishes them; whether the broker has them now."""
    return retain_directories(settings.mqtt.broker, settings.mqtt.topics, changed)
