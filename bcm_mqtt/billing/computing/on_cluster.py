"""A site's panels are computed by the workers of a cluster, which are asked first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bcm_mqtt.billing.computing.at_worker import (
    SOFTWARE,
    AskingSite,
    PanelsTask,
    computed,
    digests_of,
    named_days,
    objection,
)
from bcm_mqtt.billing.computing.panels import ComputedPanels
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.errors import WorkError
from bcm_mqtt.processes import dumped, loaded
from bcm_mqtt.processes.cluster import Cluster
from bcm_mqtt.store import BillingStore

_TASKS_A_THREAD = 4
"""So that none waits long for the last one; of each task the sums of all its customers come."""


class ClusterPanels:
    """The workers of a cluster, for one site."""

    def __init__(self, cluster: Cluster, settings: Settings) -> None:
        """Asks nobody yet.

        Args:
            cluster: Whose context is entered.
            settings: Of the site.
        """
        self._cluster = cluster
        self._site = settings.site.id
        self._config = str(settings.file.absolute())

    def check(self, terms: BillingTerms) -> None:
        """Whether every worker may compute.

        Raises:
            WorkError: one has another version, site, configuration or schema; or there is none.
        """
        asked = self._cluster.answers(
            objection, SOFTWARE, self._site, self._config, digests_of(terms)
        )
        refused = {one: _text(answer) for one, answer in asked.items() if answer}
        for one, answer in refused.items():
            others = f" (and {len(refused) - 1} more are refused)" if len(refused) > 1 else ""
            raise WorkError(f"worker {one} {answer}{others}")

    def computed(
        self,
        moment: BillingStore,
        directories: Sequence[Directory],
        terms: BillingTerms,
        time: BilledTime,
    ) -> Iterator[ComputedPanels]:
        """See `PanelWorkers`."""
        site = AskingSite(self._site, self._config, digests_of(terms))
        shared = moment.database.share_moment()
        size = -(-len(directories) // (_TASKS_A_THREAD * self._cluster.threads)) or 1
        lumps = [directories[at : at + size] for at in range(0, len(directories), size)]
        named, unpriced = named_days(terms), terms.unpriced
        tasks = (
            (
                SOFTWARE,
                dumped(
                    PanelsTask(
                        *(site, _of_panels(time, lump), shared, tuple(lump), named, unpriced)
                    )
                ),
            )
            for lump in lumps
        )
        for lump, (done, made) in zip(lumps, self._cluster.results(computed, tasks), strict=True):
            if not done:
                names = ", ".join(one.panel.id for one in lump)
                raise WorkError(f"billing of {names} failed at a worker, {made.decode()}")
            yield loaded(made)


def _of_panels(time: BilledTime, lump: Sequence[Directory]) -> BilledTime:
    """The month without what other panels are scaled to."""
    panels = {one.panel.id for one in lump} & time.scaling.keys()
    return replace(time, scaling={panel: time.scaling[panel] for panel in panels})


def _text(answer: object) -> str:
    """An objection; a worker that could not even be asked has another program."""
    if isinstance(answer, str | WorkError):
        return str(answer)
    said = " ".join(f"{type(answer).__name__}: {answer}".split())
    return f"does not know what it was asked ({said}): expected {SOFTWARE}"
