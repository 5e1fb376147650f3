"""What the page says of a bridge's outbox: whom it waits for, how long it lasts, what was lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.payloads import BridgeReport, OutboxReport

_LOST_SHOWN: Final = timedelta(days=7)
_MOST_SPANS: Final = 5


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The outbox of a bridge.

    Attributes:
        good: Whether nobody has to see to it.
        sentence: What waits, and how long that lasts; "" where only what is on its way waits.
        lost: What was lost in the last days, the latest first; not all of very many.
    """

    good: bool
    sentence: str
    lost: tuple[LostSpan, ...]


def outbox_view(report: BridgeReport, now: datetime) -> OutboxView:
    """Of a bridge, from its info."""
    outbox = report.outbox
    lost = [span for span in outbox.lost if now - span.last <= _LOST_SHOWN]
    lost.sort(key=lambda span: span.last, reverse=True)
    sentences = []
    if outbox.disk_fails:
        sentences.append("cannot be written: look at the disk of the bridge")
    if outbox.runs_short or outbox.waiting > len(report.panels):
        sentences.append(f"{outbox.waiting:,} snapshots wait {_for_whom(outbox)}")
        if outbox.runs_short:
            sentences.append(f"the oldest are lost in {_span(outbox.lasts_s or 0)} unless stored")
        elif outbox.lasts_s is not None:
            sentences.append(f"nothing is lost for {_span(outbox.lasts_s)}")
    problems = [f"recorder {one.name}: {one.problem}" for one in outbox.recorders if one.problem]
    sentences += problems
    good = not (outbox.disk_fails or outbox.runs_short or problems)
    return OutboxView(good, "; ".join(sentences), tuple(lost[:_MOST_SPANS]))


def _for_whom(outbox: OutboxReport) -> str:
    if not outbox.recorders:
        return "for the broker"
    away = [recorder.name for recorder in outbox.recorders if not recorder.online]
    if not away:
        return "to be stored"
    return f"for recorder {', '.join(away)}, which {'is' if len(away) == 1 else 'are'} away"


def _span(seconds: float) -> str:
    """A time as people say it: 6 days, 5.2 h, 12 min."""
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86_400
    if days >= 2:
        return f"{days:.0f} days"
    return f"{hours:.1f} h" if hours >= 1 else f"{minutes:.0f} min"
