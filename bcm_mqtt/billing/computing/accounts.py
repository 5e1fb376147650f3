"""The accounts of all customers for a time: what the panels of a site and its formulas come to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from bcm_mqtt.billing.calibration.month import CalibratedMonth
from bcm_mqtt.billing.computing.panels import ComputedBy, PanelWorkers
from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.billing.panel_findings import StoredAboutPanel, panel_concerns
from bcm_mqtt.billing.readings.stored_readings import (
    CALLED_OF_EACH,
    StoredReadings,
    readings_ahead,
)
from bcm_mqtt.domain.bill.account import SITE, Account, AccountPart, Loads, PanelBilling
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.usage.calibration.summary import SiteCalibration
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.reconciliation import Reconciliation, reconciled
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.processes import Task, Workers, cores
from bcm_mqtt.store import BillingStore

_PANELS_A_WORKER: Final = 10
"""A process takes as long to start as a few panels take to be billed."""
Progress = Callable[[int, int], None]
"""Gets panels done and panels in all."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a site's customers used in a time.

    Attributes:
        customers: By id, with the findings that concern them.
        unassigned: What no customer pays for; None where there is nothing.
        reconciliation: Each panel whose feeder is known, against its circuits.
        formulas: Of the site; None where it has none.
        site: All that the site draws, of panels that no feeder feeds; None where no tariff asks.
        calibrations: What is behind each revenue meter.
    """

    customers: dict[str, Account]
    unassigned: Account | None
    reconciliation: tuple[Reconciliation, ...]
    formulas: FormulaMonth | None = None
    site: Load | None = None
    calibrations: tuple[SiteCalibration, ...] = ()


def accounts_of(
    store: BillingStore,
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    time: BilledTime,
    progress: Progress,
    workers: ComputedBy,
    panels: frozenset[str] | None = None,
) -> Accounts:
    """The accounts of a time.

    Args:
        store: At one moment.
        directories: Of all panels.
        terms: Zone, customers and tariffs.
        time: That is billed.
        progress: Of the work.
        workers: As of `bill_month`.
        panels: Those that are computed; None is all.
    """
    chosen = {key: one for key, one in directories.items() if panels is None or key in panels}
    calibrated = CalibratedMonth.of(store, directories, terms, time)
    time = calibrated.time
    accounts, stored, site = _of_panels(store, chosen, terms, time, progress, workers)
    formulas = FormulaMonth.of(store, directories, terms, time) if terms.formulas else None
    rows = [row for account in accounts.values() for row in account.usage]
    remainders = formulas.remainders if formulas else {}
    reconciliation = tuple(reconciled(rows, terms.feeders, remainders))
    if formulas:
        formulas.add_to(accounts)
        rows += [row for part in formulas.usage for row in part.rows if row.customer]
    until = min(time.end, max(time.start, time.present or time.end))
    concerns = panel_concerns(chosen, terms, rows, time, until, stored, formulas)
    for one in chain(concerns, calibrated.concerns(rows)):
        for customer in one.customers & accounts.keys():
            accounts[customer].findings.append(one.finding)
    for account in accounts.values():
        account.calibrations = calibrated.on_bill(account.usage)
    unassigned = accounts.pop(UNASSIGNED, None)
    calibrations = calibrated.of_site(rows)
    return Accounts(accounts, unassigned, reconciliation, formulas, site, calibrations)


def _of_panels(
    store: BillingStore,
    directories: Mapping[str, Directory],
    terms: BillingTerms,
    time: BilledTime,
    progress: Callable[[int, int], None],
    workers: ComputedBy,
) -> tuple[dict[str, Account], dict[str, StoredAboutPanel], Load | None]:
    """The accounts by customer, what else is stored of the month by panel, and the site's load."""
    stored = dict[str, StoredAboutPanel]()
    loads = Loads(time.slots)
    accounts = dict[str, Account]()

    def here(count: int) -> Iterator[Sequence[AccountPart]]:
        def work(panels: Iterable[StoredReadings]) -> Iterator[_PanelWork]:
            for done, readings in enumerate(panels):
                progress(done, len(directories))
                about = StoredAboutPanel(readings.accepting(), readings.clock_faults())
                stored[readings.panel] = about
                yield directories[readings.panel], readings

        scales = terms.register_scales
        ahead = readings_ahead(store, directories.values(), time.start, time.end, scales)
        with ahead as panels:
            yield from _parts(work(panels), terms, time, count, loads)

    def elsewhere(others: PanelWorkers) -> Iterator[Sequence[AccountPart]]:
        progress(0, len(directories))
        for made in others.computed(store, list(directories.values()), terms, time):
            for one in made.panels:
                stored[one.panel] = one.about
                yield one.parts
            loads.add(made.loads)
            progress(len(stored), len(directories))

    if workers is None:
        workers = min(cores(), len(directories) // _PANELS_A_WORKER)
    parts = here(workers) if isinstance(workers, int) else elsewhere(workers)
    for part in chain.from_iterable(parts):
        if (account := accounts.get(part.customer)) is None:
            account = accounts[part.customer] = Account(loads[part.customer])
        account.add(part)
    progress(len(directories), len(directories))
    return accounts, stored, loads.get(SITE)


_PanelWork = tuple[Directory, StoredReadings]


def _parts(
    work: Iterable[_PanelWork], terms: BillingTerms, time: BilledTime, workers: int, loads: Loads
) -> Iterator[Sequence[AccountPart]]:
    """What each panel adds to accounts, in their order; `loads` gets the sums in the end."""
    if workers < 2:
        billing = PanelBilling(terms, time)
        for directory, readings in work:
            yield billing.done(directory, readings)
        loads.add(billing.rest())
        return
    with Workers(workers, "billing", PanelBilling, terms, time) as running:
        tasks = (
            Task(readings.panel, (directory,), readings, CALLED_OF_EACH)
            for directory, readings in work
        )
        yield from running.results(tasks)
        for rest in running.rests():
            loads.add(rest)
