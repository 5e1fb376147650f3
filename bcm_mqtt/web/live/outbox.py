"""What the page says of a bridge's outbox: whom it waits for, how long it lasts, what was lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.languages import _, ngettext, number
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
        sentences.append(_("cannot be written: look at the disk of the bridge"))
    if outbox.runs_short or outbox.waiting > len(report.panels):
        sentences.append(_waiting(outbox))
        if outbox.runs_short:
            lasts = _span(outbox.lasts_s or 0)
            sentences.append(_("the oldest are lost in %(time)s unless stored", time=lasts))
        elif outbox.lasts_s is not None:
            sentences.append(_("nothing is lost for %(time)s", time=_span(outbox.lasts_s)))
    problems = [
        _("recorder %(name)s: %(problem)s", name=one.name, problem=one.problem)
        for one in outbox.recorders
        if one.problem
    ]
    sentences += problems
    good = not (outbox.disk_fails or outbox.runs_short or problems)
    return OutboxView(good, "; ".join(sentences), tuple(lost[:_MOST_SPANS]))


def _waiting(outbox: OutboxReport) -> str:
    """How many snapshots wait, and for whom."""
    count, written = outbox.waiting, number(outbox.waiting, 0)
    away = [recorder.name for recorder in outbox.recorders if not recorder.online]
    if not outbox.recorders:
        return ngettext(
            "%(count)s snapshot waits for the broker",
            "%(count)s snapshots wait for the broker",
            count,
            count=written,
        )
    if not away:
        return ngettext(
            "%(count)s snapshot waits to be stored",
            "%(count)s snapshots wait to be stored",
            count,
            count=written,
        )
    if len(away) == 1:
        return ngettext(
            "%(count)s snapshot waits for recorder %(name)s, which is away",
            "%(count)s snapshots wait for recorder %(name)s, which is away",
            count,
            count=written,
            name=away[0],
        )
    return ngettext(
        "%(count)s snapshot waits for recorder %(names)s, which are away",
        "%(count)s snapshots wait for recorder %(names)s, which are away",
        count,
        count=written,
        names=", ".join(away),
    )


def _span(seconds: float) -> str:
    """A time as people say it: 6 days, 5.2 h, 12 min."""
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86_400
    if days >= 2:
        return _("%(days)s days", days=number(days, 0))
    return f"{number(hours, 1)} h" if hours >= 1 else f"{number(minutes, 0)} min"
