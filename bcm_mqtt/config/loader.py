"""Loads the configuration whole, every file with every check between them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import environ
from pathlib import Path
from typing import Any, TypeVar

from bcm_mqtt.config import schema
from bcm_mqtt.config.accounting_template import template_of
from bcm_mqtt.config.alarms import alarm_limits
from bcm_mqtt.config.calibration import calibrated_terms
from bcm_mqtt.config.customer_table import CustomerTable, read_customers, stored_language
from bcm_mqtt.config.directory.formula_table import formulas_file, formulas_of
from bcm_mqtt.config.directory_files import DirectoryFiles, read_directories
from bcm_mqtt.config.mail import mail_settings
from bcm_mqtt.config.network.brokers import broker_of
from bcm_mqtt.config.network.cluster import cluster_tls
from bcm_mqtt.config.network.peer import PeerSettings, peer_settings
from bcm_mqtt.config.notifications import notices_of
from bcm_mqtt.config.panels import panels_of
from bcm_mqtt.config.places import places_of
from bcm_mqtt.config.sellers import seller_of
from bcm_mqtt.config.sellers.issuer import issuer_of, with_numbering
from bcm_mqtt.config.settings import (
    BridgeSettings,
    CircuitRate,
    MetricsSettings,
    MqttSettings,
    OutboxSettings,
    PublishingSettings,
    QuarantineSettings,
    Settings,
    SiteSettings,
    TimeStampSettings,
)
from bcm_mqtt.config.sources.kinds import connections_of, profile_files
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.sources.written import GatewaySite
from bcm_mqtt.config.sources.written import Site as Sources
from bcm_mqtt.config.tariffs.table import TariffTable, tariff_table
from bcm_mqtt.config.values import files_of, unknown
from bcm_mqtt.config.web import web_settings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.retention import Retention
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, KeyPath, read_yaml, salvaged
from bcm_mqtt.mqtt.topics import Topics

_Part = TypeVar("_Part")
_SUBSTITUTES: Mapping[KeyPath, Any] = {
    ("site",): {"id": "site", "time_zone": "UTC"},
    ("site", "id"): "site",
    ("site", "time_zone"): "UTC",
    ("gateways",): {},
    ("panels",): {},
}
"""What stands in for a mistake while everything that depends on it is checked."""


def load(
    file: Path,
    *,
    environment: Mapping[str, str] = environ,
    with_circuits: bool = True,
    start: Path = Path(),
) -> Settings:
    """The settings of a configuration file and the files it names.

    Args:
        file: The main YAML file; other files are relative to its folder.
        environment: Where `!env` looks.
        with_circuits: Whether circuits.csv is read; who rewrites it reads it then.
        start: The folder in which the program was started; see `places`.

    Raises:
        InputError: every problem of every file, sorted by place.
    """
    if not file.exists():
        message = "there is no such file: bcm-mqtt init writes one, --config names another"
        raise InputError.of(message, source=str(file))
    document = read_yaml(file, environment=environment)
    data, problems = salvaged(document, schema.MAIN, _SUBSTITUTES)
    if data is None:
        raise InputError(problems)
    settings, more = _settings(document, data, environment, start, with_circuits=with_circuits)
    if problems or more:
        raise InputError([*problems, *more])
    return settings


def reload_directories(settings: Settings, *, had_meters: bool = False) -> dict[str, Directory]:
    """The directories as circuits.csv and meters.csv have them now.

    Args:
        settings: With the files.
        had_meters: Whether meters.csv had rows: then it must still be there.

    Raises:
        InputError: every problem of the files; nothing of them is to be used.
    """
    meters = settings.meters if settings.meters.exists() or had_meters else None
    zone = settings.site.zone
    directories, problems = read_directories(settings.circuits, meters, settings.panels, zone)
    if problems:
        raise InputError(problems)
    return directories


class _Good:
    """Gives what of a part of the files is good, and collects their problems."""

    def __init__(self) -> None:
        self.problems = list[Problem]()

    def __call__(self, checked: tuple[_Part, list[Problem]]) -> _Part:
        part, more = checked
        self.problems.extend(more)
        return part


def _settings(
    document: Document,
    data: Mapping[str, Any],
    environment: Mapping[str, str],
    start: Path,
    *,
    with_circuits: bool,
) -> tuple[Settings, list[Problem]]:
    """The settings as far as they are good, and every problem of the files."""
    file, folder = Path(document.source), Path(document.source).parent
    good, billing, stored = _Good(), data["billing"], data["database"]
    site, seller = _site(data["site"]), good(seller_of(document, data))
    mqtt = good(_mqtt(document, data["mqtt"], folder))
    around = GatewaySite(document, folder, mqtt.broker, mqtt.topics.base)
    gateways = good(connections_of(around, data["gateways"], data["panels"]))
    sources = Sources(document, folder, site.zone, gateways)
    panels = good(panels_of(data["panels"], sources))
    terms = good(_terms(document, data, site, folder, environment, panels))
    files = DirectoryFiles.of(data, folder, with_circuits=with_circuits)
    directories = good(files.read(panels, site.zone, document.keys("panels") - panels.keys()))
    places = good(places_of(document, data, folder, start))
    peer = good(peer_settings(document, data, folder))
    settings = Settings(
        file=file,
        sources=_sources(document, profile_files(data["panels"], folder)),
        site=site,
        bridge=_bridge(data["bridge"], site, places.bridge_data, peer),
        alarms=good(alarm_limits(document, data["alarms"], directories, terms.rule)),
        mqtt=mqtt,
        database_url=places.database_url,
        home_url=places.home_url,
        read_url=places.read_url,
        notes=places.notes,
        archive=places.archive,
        retention=good(_retention(document, stored)),
        quarantine=QuarantineSettings(stored["quarantine_limit"], stored["quarantine_size"]),
        circuits=files.circuits,
        circuits_stamp=files.stamps[0],
        meters=files.meters,
        meters_stamp=files.stamps[1],
        gateways=gateways,
        panels=panels,
        directories=directories,
        terms=with_numbering(terms, billing, seller),
        issuer=issuer_of(data, site, seller, folder),
        seller=seller,
        tables=_tables(data, folder, terms.tariff_files),
        file_mode=data["files"]["mode"],
        publishing=PublishingSettings(billing["publish"], billing["publish_every"]),
        signing_key=_signing_key(billing, folder, places.bridge_data),
        time_stamps=good(_time_stamps(document, billing, folder)),
        mail=good(mail_settings(document, data["mail"], folder)) if "mail" in data else None,
        notifications=good(notices_of(document, data["notifications"], panels, site.language)),
        web=good(web_settings(document, data["web"], folder)),
        accounting=good(template_of(billing, folder, environment)),
        cluster=good(cluster_tls(document, data, folder)),
    )
    return settings, good.problems


def _sources(document: Document, profiles: Iterable[Path]) -> tuple[Path, ...]:
    """The main file, those that it includes, and profiles that are files."""
    included = (place.source for place in document.places.values())
    return tuple(sorted({*map(Path, (document.source, *included)), *profiles}))


def _site(data: Mapping[str, Any]) -> SiteSettings:
    name, colours = data.get("name", data["id"]), data.get("phase_colours", "")
    language = data.get("language", "")
    return SiteSettings(data["id"], name, data["time_zone"], data["currency"], colours, language)


def _tables(data: Mapping[str, Any], folder: Path, prices: Iterable[str]) -> tuple[Path, ...]:
    named = data.get("customers"), data.get("tariffs"), data["billing"].get("accounting")
    others = *(folder / name for name in named if name), *map(Path, prices)
    return (*others, formulas_file(data, folder))


def _bridge(
    data: Mapping[str, Any], site: SiteSettings, place: Path, peer: PeerSettings | None
) -> BridgeSettings:
    return BridgeSettings(
        id=data.get("id", site.id),
        data=place,
        outbox=OutboxSettings(**data["outbox"]),
        metrics=MetricsSettings(**data["metrics"]) if "metrics" in data else None,
        poll_offset=data["poll_offset"],
        keep_until=data["keep_until"],
        peer=peer,
    )


def _signing_key(data: Mapping[str, Any], folder: Path, bridge_data: Path) -> Path:
    """Relative to the configuration, or in the folder of what the site must remember."""
    configured = data.get("signing_key")
    return folder.absolute() / configured if configured else bridge_data / "signing-keys.json"


def _time_stamps(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[TimeStampSettings | None, list[Problem]]:
    if (service := data.get("time_stamps")) is None:
        return None, []
    files, problems = files_of(document, ("billing", "time_stamps"), service, folder)
    return TimeStampSettings(service["url"], files["ca"]), problems


def _terms(
    document: Document,
    data: Mapping[str, Any],
    site: SiteSettings,
    folder: Path,
    environment: Mapping[str, str],
    panels: Mapping[str, PanelSettings],
) -> tuple[BillingTerms, list[Problem]]:
    """What the site bills by, with its tables of tariffs and customers."""
    priced = TariffTable()
    if "tariffs" in data:
        priced = tariff_table(folder / data["tariffs"], site, environment)
    default_tariff = data["billing"].get("default_tariff", "")
    table, more = (
        read_customers(
            *(folder / data["customers"], priced.ids, priced.tariffs, site.language, environment),
            default_tariff,
        )
        if "customers" in data
        else (CustomerTable({}, {}, {}), [])
    )
    if default_tariff and priced.ids is not None and default_tariff not in priced.ids:
        message = unknown("tariff", default_tariff, priced.ids)
        more = [*more, document.problem(("billing", "default_tariff"), message)]
    formulas, of_formulas = formulas_of(document, data, folder, site.zone, panels)
    terms = BillingTerms(
        *(site.zone, site.currency, table.customers, priced.tariffs),
        dated=table.dated,
        series=priced.series,
        event_files=priced.event_files,
        items=table.items,
        default_tariff=default_tariff,
        rule=replace(data["billing"]["customer_pattern"], words=data["billing"]["no_customer"]),
        review_share=data["billing"]["review_above"],
        feeders=data["billing"]["fed_by"],
        language=stored_language(site.language),
        register_scales={key: panel.register_scales for key, panel in panels.items()},
        formulas=formulas,
    )
    return calibrated_terms(document, data, terms, [*priced.problems, *more, *of_formulas], panels)


def _retention(document: Document, data: Mapping[str, Any]) -> tuple[Retention, list[Problem]]:
    """Intervals are not removed before the snapshots from which they would be recalculated."""
    raw, intervals = data.get("raw_retention"), data.get("interval_retention")
    problems = []
    if intervals is not None and (raw is None or intervals < raw):
        message = "expected at least raw_retention, which has to be given, too"
        problems.append(document.problem(("database", "interval_retention"), message))
    return Retention(raw, intervals, unissued=data["prune_unissued"]), problems


def _mqtt(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[MqttSettings, list[Problem]]:
    broker, problems = broker_of(document, data, folder)
    base, prefix = f"{data['base_topic']}/", f"{data['discovery']['prefix']}/"
    if prefix.startswith(base) or base.startswith(prefix):
        message = "expected other topics than those of mqtt.base_topic"
        problems.append(document.problem(("mqtt", "discovery", "prefix"), message))
    settings = MqttSettings(
        broker=broker,
        topics=Topics(data["base_topic"], data["discovery"]["prefix"]),
        retain=data["retain"],
        circuit_topics=data["circuit_topics"],
        circuit_rate=CircuitRate(data["circuit_rate"]),
        discovery=data["discovery"]["enabled"],
    )
    return settings, problems
