"""What pages are made of: texts and figures that templates lay out and do not change."""

from dataclasses import dataclass

from bcm_mqtt.billing.reports.circuit_tables import Hours


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in large: units before and after it, and a note below."""

    label: str
    before: str
    value: str
    after: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the bill; `timed` where it is made of circuit-hours.

    `price` is a number, of a tax in percent; `rate` says what it is for.
    """

    label: str
    quantity: str
    unit: str
    price: str
    rate: str
    amount: str
    tax: bool
    timed: bool
    hours: Hours


@dataclass(frozen=True, slots=True)
class Delta:
    """A line of a revision: as issued, as it is now, and the difference with its sign."""

    label: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class Part:
    """Energy and time by how they came about."""

    label: str
    hours: str
    kwh: str
    share: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be seen first; `items` are listed below it."""

    title: str
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A determinant."""

    name: str
    quantity: str
    unit: str
    basis: str


@dataclass(frozen=True, slots=True)
class Past:
    """A month beside this one; `width` of its bar, 0 to 1."""

    month: str
    kwh: str
    amount: str
    width: float


@dataclass(frozen=True, slots=True)
class SitePart:
    """Some of the site's energy.

    Attributes:
        label: What.
        id: Of the customer, where it is not the label.
        href: Of the bill, or "".
        kwh: Of it.
        width: Its share of the site, 0 to 1.
        share: In percent.
        amounts: With their currencies; "no tariff" where there is none.
        estimated: Share of its energy in percent, "" where nothing is.
        hours: Circuit-hours.
        covered: Measured share of the time.
        status: Of the bill.
    """

    label: str
    id: str
    href: str
    kwh: str
    width: float
    share: str
    amounts: tuple[str, ...]
    estimated: str
    hours: Hours
    covered: str
    status: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Data quality of a panel."""

    panel: str
    circuits: str
    kwh: str
    measured: str
    estimated: str
    missing: str
    findings: str


@dataclass(frozen=True, slots=True)
class RankRow:
    """A circuit among the first."""

    panel: str
    poles: str
    description: str
    customer: str
    rating: str
    kwh: str
    peak: str
    usable: str
    stranded: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A panel's energy by what feeds it and by its circuits; the share is of what feeds it."""

    panel: str
    feeder: str
    fed: str
    circuits: str
    difference: str
    share: str
