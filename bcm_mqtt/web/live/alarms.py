"""The alarms of the live site as the domain groups them."""

from collections.abc import Iterator, Mapping

from bcm_mqtt.domain.alarms.groups import AlarmGroup, SiteAlarm, Supply
from bcm_mqtt.languages import _, ngettext
from bcm_mqtt.web.live.site import LiveSite
from bcm_mqtt.web.words import word


def site_alarms(live: LiveSite) -> Iterator[SiteAlarm]:
    """Those that are not normal, each with the customer of its circuit of now."""
    for panel, pole, kind, report in live.alarms():
        meter = panel.shown.meters.get(pole)
        yield SiteAlarm(
            panel=panel.directory.panel.id,
            pole=pole,
            kind=kind,
            state=report.state,
            severity=report.severity,
            since=report.since,
            customer=live.customer_of(meter.version) if meter else "",
        )


def supply_of(live: LiveSite) -> Supply:
    """What the panels depend on, by what the bridges report."""
    reports = [bridge.report for bridge in live.bridges.values() if bridge.report]
    return Supply(
        gateways={key: panel.gateway for one in reports for key, panel in one.panels.items()},
        away={
            key for one in reports for key, gateway in one.gateways.items() if not gateway.reachable
        },
        pairs={
            key: panel.directory.panel.redundant_with
            for key, panel in live.panels.items()
            if panel.directory.panel.redundant_with
        },
    )


def panel_names(live: LiveSite) -> Mapping[str, str]:
    """By panel id."""
    return {key: panel.directory.panel.name for key, panel in live.panels.items()}


def group_title(group: AlarmGroup, names: Mapping[str, str]) -> str:
    """The cause of a group in the reader's words, with panels as `names` calls them by id."""
    cause = group.cause
    name = names.get(cause.panel, cause.panel)
    if cause.gateway:
        return ngettext(
            "Gateway %(gateway)s is away, with %(num)s panel",
            "Gateway %(gateway)s is away, with %(num)s panels",
            len({alarm.panel for alarm in group.members}),
            gateway=cause.gateway,
        )
    if cause.partner:
        partner = names.get(cause.partner, cause.partner)
        return _(
            "%(panel)s and %(partner)s: %(alarm)s",
            panel=name,
            partner=partner,
            alarm=word(cause.kind),
        )
    if group.is_silence:
        return _("%(panel)s does not answer", panel=name)
    return _("%(panel)s: %(alarm)s", panel=name, alarm=word(cause.kind))
