"""Sources that report over MQTT by themselves: which topics of which broker are whose poles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.network.brokers import BROKER, broker_of
from bcm_mqtt.config.settings import ConnectionSettings
from bcm_mqtt.config.sources.common import (
    common_of,
    connection_of,
    profile_of,
    quantity_name,
)
from bcm_mqtt.config.sources.settings import SourceSettings
from bcm_mqtt.config.sources.written import Site, Written, WrittenGateway
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.located import KeyPath, Shaped
from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.profiles.mqtt import (
    REPORTS,
    MqttProfile,
    Reports,
    ValuePath,
    load_mqtt_profile,
    reports_of,
    shipped_mqtt_profiles,
)

_SITE: Final = "site"
_USUAL_MAX_AGE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterBrokerSettings(ConnectionSettings):
    """A broker that meters report to.

    Attributes:
        broker: Where it is, and how to log in.
        base: The topics below which this site publishes there itself; "" at another broker.
    """

    broker: Broker
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSource(SourceSettings):
    """A device that reports, or several that are read together.

    Attributes:
        reports: Its topics, with poles of the panel as channels.
        max_age: How long what was heard stands.
    """

    reports: Reports
    max_age: timedelta


def _of_site(value: object) -> str:
    if value == _SITE:
        return _SITE
    message = "expected site, which is the broker of mqtt, or a broker such as {host: 10.0.0.5}"
    raise vol.Invalid(message)


class MeterBrokers:
    """`gateways: {house: {mqtt: site}, garage: {mqtt: {host: 10.0.0.5}}}`."""

    keys: Final[Mapping[Any, Any]] = {vol.Optional("mqtt"): Shaped(_of_site, mapping=BROKER)}

    def settings(
        self, _key: str, value: Mapping[str, Any], written: WrittenGateway
    ) -> MeterBrokerSettings | None:
        """The broker of a gateway."""
        before = len(written.problems)
        for key in sorted(written.keys - {"mqtt", "timeout", "poll_interval"}):
            written("is given with mqtt: expected one of the two", key)
        given = value["mqtt"]
        broker, base = written.site.broker, written.site.base
        if given != _SITE:
            base = ""
            if "host" not in given and "hosts" not in given:
                written("is required", "mqtt", "host")
            place = (*written.place, "mqtt")
            broker, problems = broker_of(written.site.document, given, written.site.folder, place)
            written.problems.extend(problems)
        if len(written.problems) > before:
            return None
        times = {name: value[name] for name in ("timeout", "poll_interval")}
        return MeterBrokerSettings(id=written.id, broker=broker, base=base, **times)


class MqttKind:
    """`sources: [{mqtt: house, profile: tasmota, topic: plug-1, poles: 7}]`."""

    keys: Final[Mapping[Any, Any]] = {
        vol.Optional("mqtt"): values.identifier,
        vol.Optional("profile"): values.text,
        vol.Optional("parameters"): dict,
        vol.Optional("topic"): values.text,
        vol.Optional("quantities"): [quantity_name],
        **REPORTS,
    }

    def settings(self, written: Written, site: Site) -> MqttSource | None:
        """The topics of a source; None where something is wrong with it."""
        before = len(site.problems)
        value = written.value
        wrong = "is no broker: expected a gateway with mqtt"
        gateway = connection_of(written, site, "mqtt", MeterBrokerSettings, wrong)
        own, mistakes = reports_of(value)
        profile = None
        if "profile" in value:
            shipped = shipped_mqtt_profiles()
            profile = profile_of(written, site, value["profile"], shipped, load_mqtt_profile)
        mistakes += _form_mistakes(value, written)
        if profile is not None:
            mistakes += _profile_mistakes(value, profile)
        if profile is not None and not mistakes:
            own, mistakes = _of_profile(profile, own, written)
        if "quantities" in value:
            own = own.of(frozenset(value["quantities"]))
        base = gateway.base if gateway else ""
        for place, message in (*mistakes, *_own_topics(own, base)):
            site.complain(written, message, *place)
        measured = own.measured
        if not measured and len(site.problems) == before:
            site.complain(written, "leaves nothing of what the device measures", "quantities")
        quantities = frozenset[Quantity]().union(*measured.values())
        common = common_of(written, site, quantities)
        if gateway is None or len(site.problems) > before:
            return None
        usual = profile.max_age if profile else _USUAL_MAX_AGE
        source = MqttSource(
            **common,
            name=value.get("name", f"{gateway.id}-{min(measured)}") if written.is_listed else "",
            gateway=gateway.id,
            measured=measured,
            poll_interval=value.get("poll_interval", gateway.poll_interval),
            register_scales=_scales(own),
            steps=own.steps,
            reports=own,
            max_age=value.get("max_age", usual),
        )
        if not all(period.interval for period in source.polled):
            site.complain(written, "cannot be free running: expected a poll_interval above 0s")
            return None
        return source


def check_messages(sources: Iterable[tuple[Written, SourceSettings]], site: Site) -> None:
    """No value of a message is of two poles at a time: energy would be counted twice."""
    readers: dict[tuple[str, str, ValuePath], list[tuple[MqttSource, int]]] = {}
    ours = [(written, one) for written, one in sources if isinstance(one, MqttSource)]
    for written, one in ours:
        for topic, path, pole in _values(one):
            known = readers.setdefault((one.gateway, topic, path), [])
            if other := next((pair for pair in known if pair[0].meets(one)), None):
                place = f"{'.'.join(path) or 'the message'} of {topic}"
                message = f"{place} is pole {other[1]}'s already, not pole {pole}'s, too"
                site.complain(written, message)
                break
            known.append((one, pole))


def _values(source: MqttSource) -> Iterator[tuple[str, ValuePath, int]]:
    """Counters and powers: topic, path and pole of each; a voltage may be of several poles."""
    for message in source.reports.messages:
        for value in message.values:
            if not value.quantity.by_phase:
                yield message.topic, value.paths[0], value.channel


def _form_mistakes(value: Mapping[str, Any], written: Written) -> Iterator[tuple[KeyPath, str]]:
    """Keys that exclude each other, or that are missing."""
    if "profile" in value:
        if "messages" in value:
            yield ("messages",), "is given with profile: expected one of the two"
        return
    if not value.get("messages"):
        yield (), "expected a profile, or the messages with their topics"
    for key in ("topic", "parameters"):
        if key in value:
            yield (key,), "has a meaning with a profile only"
    if written.is_listed and "poles" in value:
        yield ("poles",), "is given with messages, whose values have the poles"


def _profile_mistakes(
    value: Mapping[str, Any], profile: MqttProfile
) -> Iterator[tuple[KeyPath, str]]:
    """What its topics cannot be made of."""
    for key, parameter in value.get("parameters", {}).items():
        if key not in profile.parameters or key == "topic":
            known = ", ".join(name for name in profile.parameters if name != "topic") or "none"
            yield ("parameters", key), f"is no parameter of profile {profile.id}: it has {known}"
        elif not isinstance(parameter, str) or not parameter or _is_many(parameter):
            yield ("parameters", key), "expected levels of a topic, without +, # and $"
    if "topic" not in value:
        yield (), f"topic is required: where the device of profile {profile.id} publishes"
    elif _is_many(value["topic"]):
        yield ("topic",), "expected levels of the topics of one device, without +, # and $"


def _is_many(topic: str) -> bool:
    return bool({*topic} & {"+", "#", "\0"}) or topic.startswith("$")


def _of_profile(
    profile: MqttProfile, own: Reports, written: Written
) -> tuple[Reports, list[tuple[KeyPath, str]]]:
    """The profile's topics with the poles of a source, and what is wrong with these."""
    value = written.value
    parameters = {**value.get("parameters", {}), "topic": value["topic"]}
    reports = profile.with_parameters(parameters)
    channels = list(reports.measured)
    poles = value.get("poles", channels) if written.is_listed else channels
    if not isinstance(value.get("poles"), tuple) and not written.is_listed:
        poles = channels[: value.get("poles", len(channels))]
    if len(poles) > len(channels):
        measures = f"{len(channels)} pole{'s' if len(channels) > 1 else ''}"
        message = f"profile {profile.id} measures {measures}, not {len(poles)}"
        return own, [(("poles",), message)]
    placed = reports.placed(dict(zip(channels, poles, strict=False)))
    availability = own.availability or placed.availability
    return Reports(placed.messages, availability, {**placed.steps, **own.steps}), []


def _own_topics(reports: Reports, base: str) -> Iterator[tuple[KeyPath, str]]:
    """Topics that this site publishes itself."""
    for topic in reports.topics:
        if base and topic.startswith(f"{base}/"):
            yield (), f"{topic} is below mqtt.base_topic: expected the topic of another program"


def _scales(reports: Reports) -> dict[int, RegisterScale]:
    step = reports.steps.get(Quantity.ENERGY)
    scale = RegisterScale(max(1.0, float(step * PER_UNIT)) if step else 1.0)
    return {
        pole: scale for pole, measured in reports.measured.items() if Quantity.ENERGY in measured
    }
