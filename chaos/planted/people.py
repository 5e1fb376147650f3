"""Faults in what people do: edits, requests, alarms and their acknowledgement."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from chaos.planted.fault import Patches, Planted


def _alarms_not_stored() -> Patches:
    from bcm_mqtt.bridge.alarms import site  # noqa: PLC0415

    return [(site, "_write", lambda *_args: None)]


def _edit_not_synced() -> Patches:
    from bcm_mqtt.config.directory import replaced_file  # noqa: PLC0415

    without = SimpleNamespace(**{**vars(os), "fsync": lambda _descriptor: None})
    return [(replaced_file, "os", without)]


def _edits_not_retained() -> Patches:
    from bcm_mqtt.bridge.announcing.announcer import Announcer  # noqa: PLC0415

    retain = Announcer._retain

    def once(self: Any, topic: str, payload: Any) -> None:
        if not (topic.endswith("/directory") and topic in self._published):
            retain(self, topic, payload)

    return [(Announcer, "_retain", once)]


def _deadlines_not_looked_at() -> Patches:
    from bcm_mqtt.domain.validity import Validity  # noqa: PLC0415
    from bcm_mqtt.mqtt.requests import Requests  # noqa: PLC0415

    return [
        (Validity, "refusal", lambda *_args: None),
        (Requests, "begin", lambda *_args: None),
    ]


def _acknowledgements_not_stored() -> Patches:
    from bcm_mqtt.bridge.alarms import site  # noqa: PLC0415

    row = site._row

    def forgetting(key: Any, alarm: Any) -> Any:
        stored = row(key, alarm)
        acknowledged = stored["state"] == "acknowledged"
        return {**stored, "state": "unacknowledged"} if acknowledged else stored

    return [(site, "_row", forgetting)]


def _a_slow_edit_is_answered_as_failed() -> Patches:
    """It goes on in its thread, and is done."""
    from bcm_mqtt.bridge.requests import service  # noqa: PLC0415
    from bcm_mqtt.errors import WorkError  # noqa: PLC0415

    async def impatient(act: Any, *args: Any, **more: Any) -> Any:
        doing = asyncio.to_thread(act, *args, **more)
        if act is not service.change_circuits:
            return await doing
        try:
            return await asyncio.wait_for(doing, 0.015)
        except TimeoutError as error:
            raise WorkError("not done: the disk is too slow") from error

    within = SimpleNamespace(**{**vars(asyncio), "to_thread": impatient})
    return [(service, "asyncio", within)]


def _repeats_are_other_requests() -> Patches:
    """What is sent again differs from what was remembered of it."""
    from bcm_mqtt.bridge.requests.transactions import Journal  # noqa: PLC0415

    get = Journal.get

    def other(self: Any, key: str) -> Any:
        known = get(self, key)
        return known and replace(known, content="")

    return [(Journal, "get", other)]


def _each_repeat_is_a_version() -> Patches:
    """No transaction is remembered, and what is edited to what it was has another version."""
    from bcm_mqtt.bridge.requests.transactions import Journal  # noqa: PLC0415
    from bcm_mqtt.domain.site.circuit import CircuitEdit  # noqa: PLC0415
    from bcm_mqtt.domain.site.editing.directory_edit import _EditedPanel  # noqa: PLC0415

    apply = _EditedPanel.apply

    def anew(self: Any, number: int, change: Any, now: Any) -> Any:
        if edit := apply(self, number, change, now):
            return edit
        before = [one for one in self.versions if one.first_pole == change.first_pole][-1]
        after = replace(before, valid_from=before.valid_from + timedelta(seconds=1))
        self.versions.insert(self.versions.index(before) + 1, after)
        self.written_by[after.first_pole, after.valid_from] = number
        return CircuitEdit(change.panel, before, after)

    return [(_EditedPanel, "apply", anew), (Journal, "get", lambda *_args: None)]


PEOPLE = {
    "edit-not-synced": Planted(_edit_not_synced, (" was answered and is not there",)),
    "edits-not-retained": Planted(
        _edits_not_retained, ("the recorder's directory is not the bridge's",)
    ),
    "deadlines-not-looked-at": Planted(_deadlines_not_looked_at, (" after its deadline",)),
    "a-slow-edit-is-answered-as-failed": Planted(
        _a_slow_edit_is_answered_as_failed, (" was refused and is there",)
    ),
    "repeats-are-other-requests": Planted(
        _repeats_are_other_requests, (" was answered to be done, and not to be",)
    ),
    "each-repeat-is-a-version": Planted(_each_repeat_is_a_version, (" happened ",)),
    "alarms-not-stored": Planted(_alarms_not_stored, (" overloads",)),
    "acknowledgements-not-stored": Planted(
        _acknowledgements_not_stored, ("its acknowledgement was undone",)
    ),
}
