"""`--workers`: processes of this machine, or the workers of a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import click

from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.config import Settings
from bcm_mqtt.errors import InputError

if TYPE_CHECKING:
    from bcm_mqtt.processes.cluster import ClusterAddress, TlsFiles

Chosen: TypeAlias = "int | ClusterAddress | None"
"""So many processes, a cluster, or as many processes as are soonest."""
_NUMBER = click.IntRange(1, 256)


class WorkersType(click.ParamType[Chosen]):
    """A number, or the address of a scheduler."""

    name = "workers"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> "int | ClusterAddress":
        """What was chosen; raises InputError where it is neither."""
        if isinstance(value, str) and "://" in value:
            # Not at the top, because other commands need nothing of clusters.
            from bcm_mqtt.processes.cluster import ClusterAddress  # noqa: PLC0415

            try:
                return ClusterAddress.parse(value)
            except InputError as error:
                raise InputError.of(f"--workers: {error}") from None
        return int(_NUMBER(value, param, ctx))


@contextmanager
def computing(settings: Settings, chosen: Chosen) -> Iterator[ComputedBy]:
    """Who computes a site's panels while the context is entered.

    Raises:
        InputError: the configuration lacks what a cluster needs.
        WorkError: the cluster is not there, or one of its workers may not compute.
    """
    if chosen is None or isinstance(chosen, int):
        yield chosen
        return
    # Not at the top, as above.
    from bcm_mqtt.billing.computing.on_cluster import ClusterPanels  # noqa: PLC0415
    from bcm_mqtt.processes.cluster import Cluster  # noqa: PLC0415

    if settings.database_url.startswith("sqlite"):
        message = (
            "is a SQLite file, which workers of other machines cannot read: expected PostgreSQL, "
            "or --workers N for processes of this one"
        )
        raise InputError.of(message, source=str(settings.file), key="database.url")
    with Cluster(chosen, _tls_files(settings, chosen)) as cluster:
        panels = ClusterPanels(cluster, settings)
        panels.check(settings.terms)
        yield panels


def _tls_files(settings: Settings, chosen: "ClusterAddress") -> "TlsFiles | None":
    from bcm_mqtt.processes.cluster import TlsFiles  # noqa: PLC0415

    if not chosen.is_encrypted:
        return None
    if not (tls := settings.cluster):
        message = f"is required for --workers {chosen.text}: expected ca, certificate and key"
        raise InputError.of(message, source=str(settings.file), key="cluster.tls")
    return TlsFiles(tls.ca, tls.certificate, tls.key)
