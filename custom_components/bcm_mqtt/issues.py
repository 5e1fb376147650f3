"""Repairs: what somebody should see to, raised and cleared by what is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.loader import async_get_integration
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ESTIMATED_PERCENT,
    CONF_GRACE_MINUTES,
    DEFAULT_ESTIMATED_PERCENT,
    DEFAULT_GRACE_MINUTES,
    DOMAIN,
)

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry

type Found = Mapping[str, str] | None
"""What a repair's text names, or None while there is nothing to repair."""

_LOOK_EVERY = timedelta(seconds=30)
_MANY_WAITING = 500
_LOST_SHOWN = timedelta(days=7)
_BEHIND = timedelta(minutes=15)
_MOST_NAMED = 10
_LEARN_MORE = "https://github.com/bcm-mqtt/bcm-mqtt/blob/main/docs/home-assistant.md#{}"


async def watch(hass: HomeAssistant, entry: BcmConfigEntry) -> None:
    """Raises and clears the repairs of an entry until it is unloaded, which clears them all."""
    integration = await async_get_integration(hass, DOMAIN)
    watched = _Watched(hass, entry, str(integration.version))
    every = async_track_time_interval(hass, watched.look, _LOOK_EVERY, cancel_on_shutdown=True)
    entry.async_on_unload(every)
    entry.async_on_unload(entry.runtime_data.async_add_listener(watched.look))
    entry.async_on_unload(watched.clear)
    watched.look()


class _Watched:
    """What is wrong of one entry, and since when."""

    def __init__(self, hass: HomeAssistant, entry: BcmConfigEntry, version: str) -> None:
        self._hass = hass
        self._version = version
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._grace = timedelta(
            minutes=entry.options.get(CONF_GRACE_MINUTES, DEFAULT_GRACE_MINUTES)
        )
        self._since: dict[str, datetime] = {}
        self._told: dict[str, Mapping[str, str]] = {}
        no_grace = timedelta()
        self._checks: dict[str, tuple[timedelta, Callable[[datetime], Found]]] = {
            "bridge_offline": (self._grace, self._bridge_offline),
            "outbox_filling": (self._grace, self._outbox_filling),
            "outbox_runs_short": (no_grace, self._outbox_runs_short),
            "snapshots_lost": (no_grace, self._snapshots_lost),
            "recorder_behind": (no_grace, self._recorder_behind),
            "version_mismatch": (no_grace, self._version_mismatch),
            "unassigned_circuits": (no_grace, self._unassigned_circuits),
            "estimated_share": (no_grace, self._estimated_share),
            "statistics_incomplete": (self._grace, self._statistics_incomplete),
        }

    @callback
    def look(self, _now: datetime | None = None) -> None:
        """Looks at everything."""
        now = dt_util.utcnow()
        for key, (grace, check) in self._checks.items():
            if (found := check(now)) is None:
                self._since.pop(key, None)
            elif now - self._since.setdefault(key, now) >= grace:
                self._raise(key, found)
                continue
            self._clear(key)

    @callback
    def clear(self) -> None:
        """Clears everything."""
        for key in self._checks:
            self._clear(key)

    def _raise(self, key: str, found: Mapping[str, str]) -> None:
        if self._told.get(key) == found:
            return
        self._told[key] = found
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{self._entry.entry_id}_{key}",
            is_fixable=False,
            learn_more_url=_LEARN_MORE.format(key.replace("_", "-")),
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"site": self._entry.title, **found},
        )

    def _clear(self, key: str) -> None:
        if self._told.pop(key, None) is not None:
            ir.async_delete_issue(self._hass, DOMAIN, f"{self._entry.entry_id}_{key}")

    def _bridge_offline(self, _now: datetime) -> Found:
        data = self._coordinator.data
        # Without a broker nobody knows, and mqtt says that itself.
        if data.online or not data.connected:
            return None
        return {"bridge": self._coordinator.topics.bridge}

    def _outbox_filling(self, _now: datetime) -> Found:
        info = self._coordinator.info
        if not self._coordinator.data.online:
            return None
        if info.runs_short or (info.waiting < _MANY_WAITING and not info.disk_fails):
            return None
        return {"waiting": str(info.waiting), "dropped": str(info.dropped)}

    def _outbox_runs_short(self, _now: datetime) -> Found:
        info = self._coordinator.info
        if not self._coordinator.data.online or not info.runs_short or info.lasts is None:
            return None
        return {
            "waiting": str(info.waiting),
            "hours": f"{info.lasts / timedelta(hours=1):.0f}",
            "recorders": ", ".join(info.recorders_away) or "-",
        }

    def _snapshots_lost(self, now: datetime) -> Found:
        lost = [span for span in self._coordinator.info.lost if now - span.last <= _LOST_SHOWN]
        if not lost:
            return None
        lost.sort(key=lambda span: span.last, reverse=True)
        named = [
            f"- {span.panel}, {_local(span.first)} to {_local(span.last)}: {span.snapshots} "
            f"snapshots, {span.cause}"
            for span in lost[:_MOST_NAMED]
        ]
        return {"count": str(sum(span.snapshots for span in lost)), "spans": "\n".join(named)}

    def _recorder_behind(self, now: datetime) -> Found:
        data = self._coordinator.data
        site, info = data.site, self._coordinator.info
        if (
            site is None
            or not data.online
            or not data.connected
            or True not in info.panels.values()
        ):
            return None
        stored = site.stored_until or site.start
        if now - site.as_of <= _BEHIND and site.as_of - stored <= _BEHIND:
            return None
        return {"stored_until": _local(stored), "as_of": _local(site.as_of)}

    def _version_mismatch(self, _now: datetime) -> Found:
        ours, theirs = self._version, self._coordinator.info.version
        if ours.split(".")[:2] == theirs.split(".")[:2]:
            return None
        return {"bridge_version": theirs, "integration_version": ours}

    def _unassigned_circuits(self, _now: datetime) -> Found:
        site = self._coordinator.data.site
        if site is None or not site.unassigned:
            return None
        named = [
            f"- {row.panel} {'+'.join(map(str, row.poles))}"
            for row in site.unassigned[:_MOST_NAMED]
        ]
        return {"count": str(site.unassigned_circuits), "circuits": "\n".join(named)}

    def _estimated_share(self, _now: datetime) -> Found:
        limit = self._entry.options.get(CONF_ESTIMATED_PERCENT, DEFAULT_ESTIMATED_PERCENT)
        above = sorted(
            f"- {month.name}: {month.estimated_share:.1%}"
            for month in self._coordinator.data.customers.values()
            if month.estimated_share is not None and month.estimated_share * 100 > limit
        )
        if not above:
            return None
        named = "\n".join(above[:_MOST_NAMED])
        return {"limit": str(limit), "count": str(len(above)), "customers": named}

    def _statistics_incomplete(self, _now: datetime) -> Found:
        missing = self._coordinator.data.without_hours
        # Without a broker mqtt says that itself.
        if not missing or not self._coordinator.data.connected:
            return None
        named = "\n".join(f"- {month}: {reason}" for month, reason in sorted(missing.items()))
        return {"count": str(len(missing)), "months": named}


def _local(at: datetime) -> str:
    return dt_util.as_local(at).strftime("%Y-%m-%d %H:%M")
