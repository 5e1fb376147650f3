"""Loads the configuration whole: every file it names, every check between them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any

from bcm_mqtt.config import schema
from bcm_mqtt.config.customer_table import read_customers
from bcm_mqtt.config.device_types import profile_files, profiles_of
from bcm_mqtt.config.directory.circuits import read_circuits
from bcm_mqtt.config.directory.circuits_file import rewrite
from bcm_mqtt.config.gateways import gateways_of
from bcm_mqtt.config.mail import MailSettings, mail_settings
from bcm_mqtt.config.panels import panels_of
from bcm_mqtt.config.settings import (
    AlarmSettings,
    BridgeSettings,
    MetricsSettings,
    MqttSettings,
    OutboxSettings,
    PublishingSettings,
    Settings,
    SiteSettings,
)
from bcm_mqtt.config.tables import unknown
from bcm_mqtt.config.tariffs.table import read_tariffs
from bcm_mqtt.config.web import web_settings
from bcm_mqtt.domain.bill.issuer import Issuer
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.retention import Retention
from bcm_mqtt.domain.site.circuit_change import CircuitChange, CircuitEdit
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time.instants import BEGINNING, Clock
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, KeyPath, read_yaml, salvaged
from bcm_mqtt.mqtt.client import Broker
from bcm_mqtt.mqtt.topics import Topics

_SUBSTITUTES: Mapping[KeyPath, Any] = {
    ("site",): {"id": "site", "time_zone": "UTC"},
    ("site", "id"): "site",
    ("site", "time_zone"): "UTC",
    ("gateways",): {},
    ("panels",): {},
}
"""What stands in for a mistake while everything that depends on it is checked."""


def load(file: Path, *, environment: Mapping[str, str] = environ) -> Settings:
    """The settings of a configuration file and the files it names.

    Args:
        file: The main YAML file; other files are relative to its folder.
        environment: Where `!env` looks.

    Raises:
        InputError: every problem of every file, sorted by place.
    """
    document = read_yaml(file, environment=environment)
    data, problems = salvaged(document, schema.MAIN, _SUBSTITUTES)
    if data is None:
        raise InputError(problems)
    settings, more = _settings(document, data, environment)
    if problems or more:
        raise InputError([*problems, *more])
    return settings


def file_stamp(file: Path) -> tuple[int, int]:
    """What changes when a file is written: its time (ns) and size; zeros while it is absent."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def reload_directories(settings: Settings) -> dict[str, Directory]:
    """The directories as circuits.csv has them now.

    Raises:
        InputError: every problem of the file; nothing of it is to be used.
    """
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    directories, problems = read_circuits(settings.circuits, panels, settings.site.zone)
    if problems:
        raise InputError(problems)
    return directories


def change_circuits(
    settings: Settings, changes: Sequence[CircuitChange], clock: Clock
) -> tuple[CircuitEdit, ...]:
    """Rewrites circuits.csv with changes, all or none; what they did. See `rewrite`.

    A panel without any row shows every measured pole. With its first row the others would
    be gone, so they get their rows, too.
    """
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    directories = settings.directories
    if settings.circuits.exists():
        directories = reload_directories(settings)
    elif any(directory.versions for directory in directories.values()):
        # A new file would have this change's circuits and no others.
        raise InputError.of("is gone: bring it back first", source=str(settings.circuits))
    begun = [
        CircuitChange(key, pole, valid_from=BEGINNING)
        for key in sorted({change.panel for change in changes} & panels.keys())
        # Without a neutral a lone pole is no circuit that a row can say.
        if not directories[key].versions and panels[key].service.v_ln is not None
        for pole in directories[key].shown_at(clock())
    ]
    edits = rewrite(settings.circuits, [*begun, *changes], panels, settings.site.zone, clock)
    return edits[len(begun) :]


def _settings(
    document: Document, data: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[Settings, list[Problem]]:
    file = Path(document.source)
    folder = file.parent
    problems: list[Problem] = []
    site = SiteSettings(
        id=data["site"]["id"],
        name=data["site"].get("name", data["site"]["id"]),
        zone=data["site"]["time_zone"],
        currency=data["site"]["currency"],
    )
    gateways, found = gateways_of(document, data["gateways"])
    problems += found
    profiles, found = profiles_of(document, data["panels"], folder)
    problems += found
    panels, found = panels_of(document, data["panels"], gateways, profiles)
    problems += found
    tariffs, tariff_ids, found = (
        read_tariffs(folder / data["tariffs"], site, environment)
        if "tariffs" in data
        else ({}, set[str](), [])
    )
    problems += found
    customers, found = (
        read_customers(folder / data["customers"], tariff_ids, tariffs, environment)
        if "customers" in data
        else ({}, [])
    )
    problems += found
    default_tariff = data["billing"].get("default_tariff", "")
    if default_tariff and tariff_ids is not None and default_tariff not in tariff_ids:
        message = unknown("tariff", default_tariff, tariff_ids)
        problems.append(document.problem(("billing", "default_tariff"), message))
    mqtt, found = _mqtt(document, data["mqtt"], folder)
    problems += found
    problems += _alarm_mistakes(document, data["alarms"])
    retention, found = _retention(document, data["database"])
    problems += found
    mail, found = _mail(document, data.get("mail"), folder)
    problems += found
    web, found = web_settings(document, data["web"], folder)
    problems += found
    # A row for a panel that is itself refused would only repeat that panel's problem.
    refused = document.keys("panels") - panels.keys()
    measured = {key: panel.panel for key, panel in panels.items()}
    circuits = folder / data.get("circuits", "circuits.csv")
    if "circuits" in data or circuits.exists():
        directories, found = read_circuits(circuits, measured, site.zone, refused=refused)
    else:  # a site that is just being set up: every pole is shown, none is billed
        directories, found = {key: Directory(panel) for key, panel in measured.items()}, []
    problems += found
    sources = {file} | {Path(place.source) for place in document.places.values()}
    sources |= profile_files(data["panels"], folder)
    metrics = data["bridge"].get("metrics")
    settings = Settings(
        file=file,
        sources=tuple(sorted(sources)),
        site=site,
        bridge=BridgeSettings(
            id=data["bridge"].get("id", site.id),
            data=Path(data["bridge"]["data"]),
            outbox=OutboxSettings(**data["bridge"]["outbox"]),
            metrics=MetricsSettings(**metrics) if metrics else None,
        ),
        alarms=AlarmSettings(**data["alarms"]),
        mqtt=mqtt,
        database_url=data["database"]["url"],
        retention=retention,
        quarantine_limit=data["database"]["quarantine_limit"],
        circuits=circuits,
        gateways=gateways,
        panels=panels,
        directories=directories,
        terms=BillingTerms(
            zone=site.zone,
            currency=site.currency,
            customers=customers,
            tariffs=tariffs,
            default_tariff=default_tariff,
            rule=data["billing"]["customer_pattern"],
            review_share=data["billing"]["review_above"],
            feeders=data["billing"]["fed_by"],
        ),
        issuer=Issuer(
            name=site.name,
            zone=site.zone,
            address=tuple(data["site"]["address"]),
            tax_id=data["site"].get("tax_id", ""),
            footer=tuple(data["billing"]["footer"]),
            paper=data["billing"]["paper"],
            id=site.id,
            payment=timedelta(days=data["billing"]["payment_days"]),
        ),
        tables=tuple(folder / data[name] for name in ("customers", "tariffs") if name in data),
        publishing=PublishingSettings(
            enabled=data["billing"]["publish"], every=data["billing"]["publish_every"]
        ),
        mail=mail,
        web=web,
    )
    return settings, problems


def _alarm_mistakes(document: Document, data: Mapping[str, Any]) -> list[Problem]:
    """Limits that exclude each other."""
    warning = data["warning"]
    found = []
    if data["critical"] < warning:
        found.append(("critical", f"expected at least the warning limit, {warning:g}"))
    lowest = min(warning, data["imbalance"])
    if data["deadband"] >= lowest:
        found.append(("deadband", f"expected less than the lowest limit, {lowest:g}"))
    return [document.problem(("alarms", key), message) for key, message in found]


def _retention(document: Document, data: Mapping[str, Any]) -> tuple[Retention, list[Problem]]:
    """Intervals do not go before the snapshots, of which they would be computed anew."""
    raw, intervals = data.get("raw_retention"), data.get("interval_retention")
    problems = []
    if intervals is not None and (raw is None or intervals < raw):
        message = "expected at least raw_retention, which has to be given, too"
        problems.append(document.problem(("database", "interval_retention"), message))
    return Retention(raw, intervals, unissued=data["prune_unissued"]), problems


def _mail(
    document: Document, data: Mapping[str, Any] | None, folder: Path
) -> tuple[MailSettings | None, list[Problem]]:
    if data is None:
        return None, []
    settings = mail_settings(data, folder)
    if settings.ca and not settings.ca.is_file():
        return settings, [document.problem(("mail", "ca"), f"no such file {settings.ca}")]
    return settings, []


def _mqtt(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[MqttSettings, list[Problem]]:
    files, problems = dict[str, Path | None](), []
    if "tls" in data:
        files = {
            name: folder / data["tls"][name] if name in data["tls"] else None
            for name in ("ca", "certificate", "key")
        }
        problems = [
            document.problem(("mqtt", "tls", name), f"no such file {file}")
            for name, file in files.items()
            if file is not None and not file.is_file()
        ]
    broker = Broker(
        host=data["host"],
        port=data["port"],
        protocol=data["protocol"],
        username=data.get("username"),
        password=data.get("password"),
        tls="tls" in data,
        insecure="tls" in data and data["tls"]["insecure"],
        **files,
    )
    settings = MqttSettings(
        broker=broker,
        topics=Topics(data["base_topic"], data["discovery"]["prefix"]),
        retain=data["retain"],
        circuit_topics=data["circuit_topics"],
        discovery=data["discovery"]["enabled"],
    )
    return settings, problems
