"""What runs at a worker of a cluster: it reads by its own configuration and computes panels."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from bcm_mqtt import __version__
from bcm_mqtt.archive import Archive
from bcm_mqtt.billing.computing.panels import ComputedPanels, compute_panels
from bcm_mqtt.billing.issue.plain import canonical, essential
from bcm_mqtt.config import FollowedSettings, Settings, load
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import NamedDay
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.errors import BcmError, WorkError
from bcm_mqtt.processes import dumped, loaded
from bcm_mqtt.store import BillingStore, Database, Replica, SharedMoment

CONFIGURATION: Final = "BCM_MQTT_CONFIG"
"""Names the worker's own configuration, or several of different sites; else it is at the same path
as that of whoever asks.
"""
SOFTWARE: Final = f"bcm-mqtt {__version__} with numpy {np.__version__}"
"""Whose figures are the same to the last byte."""


@dataclass(frozen=True, slots=True)
class AskingSite:
    """Whose panels are to be computed.

    Attributes:
        id: Of the site.
        config: Path of its configuration where it is billed.
        digests: See `digests_of`.
    """

    id: str
    config: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PanelsTask:
    """What a worker does at a time; it has no password and no reading.

    Attributes:
        site: Whose panels.
        time: The month.
        moment: Of the database.
        directories: The panels, as they were at the moment.
        named: See `named_days`.
        unpriced: As of `BillingTerms`.
    """

    site: AskingSite
    time: BilledTime
    moment: SharedMoment
    directories: tuple[Directory, ...]
    named: Mapping[str, tuple[NamedDay, ...]] = field(default_factory=dict)
    unpriced: frozenset[str] = frozenset()


def dask_setup(_worker: object) -> None:
    """Dask calls it in a worker that was started with this module as `--preload`.

    What the first task would wait for is there then: the program, and the worker's configurations.
    Whoever asks first is told what is wrong with them.
    """
    for file in filter(None, os.environ.get(CONFIGURATION, "").split(os.pathsep)):
        with suppress(BcmError):
            _followed(Path(file))


def digests_of(terms: BillingTerms) -> dict[str, str]:
    """A digest of each part of a configuration that figures of panels depend on.

    By the key that a person would look at. What customers are called, and who is mailed to, is the
    matter of who bills; holidays of calendars go along with the work.
    """
    said: dict[str, object] = {
        "site.time_zone": str(terms.zone),
        "tariffs": [with_named_days(terms, {}).tariffs, sorted(terms.unrated)],
        "customers": [
            {key: one.tariff for key, one in terms.customers.items()},
            {key: one.groups for key, one in terms.customers.items() if one.groups},
            {
                key: [replace(one, customer=_priced(one.customer)) for one in versions]
                for key, versions in terms.dated.items()
            },
        ],
        "billing": [terms.default_tariff, terms.rule.pattern, terms.rule.words],
        "panels": terms.register_scales,
    }
    return {
        key: sha256(canonical(essential(one)).encode()).hexdigest() for key, one in said.items()
    }


def named_days(terms: BillingTerms) -> dict[str, tuple[NamedDay, ...]]:
    """The holidays that tariffs have of calendars, by tariff: they go along with the work.

    A worker's own edition of a calendar may know others, and an issued bill has those of its time.
    """
    tariffs = terms.tariffs.items()
    return {key: one.holidays.named for key, one in tariffs if one.holidays.named}


def with_named_days(terms: BillingTerms, named: Mapping[str, tuple[NamedDay, ...]]) -> BillingTerms:
    """The terms with these holidays of calendars in place of their own."""
    tariffs = {
        key: replace(one, holidays=replace(one.holidays, named=named.get(key, ())))
        for key, one in terms.tariffs.items()
    }
    return replace(terms, tariffs=tariffs)


def _priced(customer: Customer) -> Customer:
    """What of a customer figures of panels depend on."""
    return Customer(
        *(customer.id, ""),
        tariff=customer.tariff,
        committed_kw=customer.committed_kw,
        tax_exempt=customer.tax_exempt,
        groups=customer.groups,
    )


def objection(software: str, site: str, config: str, digests: Mapping[str, str]) -> str:
    """What keeps this worker from computing panels of a site, in one line; "" is nothing.

    Args:
        software: Of whoever asks.
        site: Its id.
        config: Path of its configuration.
        digests: See `digests_of`.
    """
    try:
        _check(software)
        settings = _settings(AskingSite(site, config, digests))
        with closing(_database(settings)) as database:
            database.check_schema()
    except BcmError as error:
        return str(error)
    return ""


def computed(software: str, task: bytes) -> tuple[bool, bytes]:
    """Does a task; whether it was done, and the panels or why not.

    Args:
        software: Of whoever asks: only the same reads the task.
        task: A `PanelsTask`.
    """
    try:
        _check(software)
        return True, dumped(_computed(loaded(task)))
    except BcmError as error:
        said = str(error)
    except Exception as error:  # noqa: BLE001 - whoever asks says it
        said = f"{type(error).__name__}: {error}"
    return False, f"{platform.node()}: {' '.join(said.split())}".encode()


def _check(software: str) -> None:
    if software != SOFTWARE:
        raise WorkError(f"has {SOFTWARE}: expected {software}")


def _computed(task: PanelsTask) -> ComputedPanels:
    settings = _settings(task.site)
    terms = with_named_days(settings.terms, task.named)
    terms = replace(terms, unpriced=task.unpriced)
    with _opened(settings, task.moment) as store:
        return compute_panels(store, task.directories, terms, task.time)


def _settings(site: AskingSite) -> Settings:
    """The worker's own of a site.

    Raises:
        InputError: its files are wrong.
        WorkError: it has another site, or bills it by something else.
    """
    named = os.environ.get(CONFIGURATION) or site.config
    own = {one.site.id: one for one in map(_current, named.split(os.pathsep))}
    if site.id not in own:
        has = ", ".join(sorted(own))
        raise WorkError(f"has the configuration of {has} ({named}): expected that of {site.id}")
    settings = own[site.id]
    mine = digests_of(settings.terms)
    if unlike := [key for key, digest in mine.items() if site.digests.get(key) != digest]:
        raise WorkError(
            f"has another configuration ({settings.file}) than where {site.id} is billed: they "
            f"differ in {', '.join(unlike)}"
        )
    return settings


def _current(file: str) -> Settings:
    return _followed(Path(file)).current()


@cache
def _followed(file: Path) -> FollowedSettings:
    """Read once, and again where it was changed."""
    return FollowedSettings(load(file))


@contextmanager
def _opened(settings: Settings, moment: SharedMoment) -> Iterator[BillingStore]:
    """The store at the moment; a replica, which has it or something newer, where that will do."""
    replica = None
    if settings.read_url and not moment.is_exact:
        replica = Replica(settings.read_url, written=moment.written)
    with (
        closing(BillingStore(_database(settings, replica))) as store,
        store.looking().at_moment_of(None if replica else moment) as at,
    ):
        yield at


def _database(settings: Settings, replica: Replica | None = None) -> Database:
    archive = None
    if settings.archive:
        archive = Archive(settings.archive.location, settings.site.id, settings.file_mode)
    return Database(settings.database_url, settings.file_mode, archive, replica)
