"""What the configurations of both sides must have alike, so that one goes on for the other."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256

from bcm_mqtt.config import ModbusSource, PanelSettings, Settings, SourceSettings


@dataclass(frozen=True, slots=True)
class Likeness:
    """A digest of each part of a configuration, by the key that a person would look at."""

    digests: Mapping[str, str]

    def difference(self, other: Mapping[str, str]) -> str:
        """What differs in the other side's, or ""."""
        unlike = [key for key, digest in self.digests.items() if other.get(key) != digest]
        if not unlike:
            return ""
        return f"the configurations of the two bridges differ: {', '.join(unlike)}"


def likeness(settings: Settings) -> Likeness:
    """The digests of what is polled and where it is published."""
    brokers = len(settings.mqtt.broker.each)
    said: dict[str, object] = {
        "site.id": settings.site.id,
        "bridge.id": settings.bridge.id,
        "mqtt.base_topic": settings.mqtt.topics.base,
        # Their addresses may differ: each side may have a network of its own.
        "gateways": sorted(settings.gateways),
        "panels": [_panel(key, one) for key, one in sorted(settings.panels.items())],
        **({"mqtt.hosts": brokers} if brokers > 1 else {}),
    }
    return Likeness({key: sha256(repr(one).encode()).hexdigest() for key, one in said.items()})


def _panel(key: str, panel: PanelSettings) -> tuple[object, ...]:
    """What a panel is; of one that is as it always was, what releases before sources say of it."""
    source = panel.sources[0]
    if panel.is_whole and isinstance(source, ModbusSource):
        own = source.gateway, source.unit_ids, source.poll_interval, str(source.profile)
        return (key, *own)
    return (key, *(_said(one) for one in panel.sources))


def _said(source: SourceSettings) -> list[tuple[str, str]]:
    """What a source is, in texts; sets have no order that two processes share."""
    sets = {"measured": [(pole, sorted(of)) for pole, of in sorted(source.measured.items())]}
    return [
        (one.name, repr(sets.get(one.name, getattr(source, one.name)))) for one in fields(source)
    ]
