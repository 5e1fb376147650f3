"""What is computed of panels, and who computes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bcm_mqtt.billing.panel_findings import StoredAboutPanel
from bcm_mqtt.billing.readings.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.account import AccountPart, PanelBilling
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.store import BillingStore


@dataclass(frozen=True, slots=True)
class ComputedPanel:
    """A panel's month.

    Attributes:
        panel: Its id.
        about: What else is stored of it.
        parts: What its circuits add to accounts, apart from loads.
    """

    panel: str
    about: StoredAboutPanel
    parts: tuple[AccountPart, ...]


@dataclass(frozen=True, slots=True)
class ComputedPanels:
    """Panels that one worker computed together, in the order of the site.

    Attributes:
        panels: Each by itself.
        loads: Of all of them by customer; of whole numbers, so their sum is the same in any order.
    """

    panels: tuple[ComputedPanel, ...]
    loads: tuple[tuple[str, Load], ...]


class PanelWorkers(Protocol):
    """Whoever computes panels elsewhere."""

    def computed(
        self,
        moment: BillingStore,
        directories: Sequence[Directory],
        terms: BillingTerms,
        time: BilledTime,
    ) -> Iterator[ComputedPanels]:
        """All panels, in their order.

        Args:
            moment: The store as it is to be read.
            directories: Of the panels.
            terms: What the site bills by.
            time: The month.

        Raises:
            WorkError: they are not there, or not the same program with the same configuration.
        """


ComputedBy: TypeAlias = int | PanelWorkers | None
"""Who computes panels: so many processes of this machine, others, or as many as are soonest."""


def compute_panels(
    store: BillingStore, directories: Sequence[Directory], terms: BillingTerms, time: BilledTime
) -> ComputedPanels:
    """Computes panels here. Takes what `PanelWorkers.computed` takes."""
    billing = PanelBilling(terms, time)
    by_panel = {one.panel.id: one for one in directories}
    found = []
    ahead = readings_ahead(store, directories, time.start, time.end, terms.register_scales)
    with ahead as panels:
        for readings in panels:
            about = StoredAboutPanel(readings.accepting(), readings.clock_faults())
            parts = tuple(billing.done(by_panel[readings.panel], readings))
            found.append(ComputedPanel(readings.panel, about, parts))
    return ComputedPanels(tuple(found), tuple(billing.rest()))
