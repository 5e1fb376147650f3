"""Customers: who receives a bill, by which terms at which time, and which circuits are theirs.

Terms are dated: what holds from a local midnight on. A bill has those of its own time alone, so
that what is dated after it changes nothing of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer_item import BilledItem
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup, group_of
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.domain.trade.party import BuyerIdentity
from bcm_mqtt.domain.trade.vat import Vat

DEFAULT_PATTERN = "^(?P<customer>[^-]+)"
NOBODY: Final = frozenset({"spare", "space", "blank", "unused"})
"""What panel schedules call a position that feeds nobody, in lower case."""


@dataclass(frozen=True, slots=True)
class TermsPart:
    """A part of a month in which the terms that price it stay the same: start <= t < end, UTC.

    Attributes:
        start: UTC.
        end: UTC.
        tariff: Tariff id, or "" for the site's default.
        committed_kw: Or None for the tariff's.
        tax_exempt: Whether what is charged for it has no taxes.
        groups: Of circuits that have a tariff of their own.
    """

    start: datetime
    end: datetime
    tariff: str = ""
    committed_kw: Decimal | None = None
    tax_exempt: bool = False
    groups: tuple[TariffGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """Who receives a bill.

    Attributes:
        id: As in circuit descriptions.
        name: For the address, the id where none is configured.
        address: Lines.
        tariff: Tariff id.
        tax_id: Or "".
        committed_kw: Power that is committed to it, or None for its tariff's.
        tax_exempt: Whether its bills have no taxes.
        email: Addresses that bills are mailed to.
        language: Of its bills and letters, such as `de-AT`; "" is English.
        parts: Of a bill's month, where its terms change within it or its contract is not of all
            of it: what is in none of them is not billed to it. Empty where `tariff`,
            `committed_kw` and `tax_exempt` hold for all of the month.
        items: Of a bill's month, agreed apart from the tariff.
        own_use: Whether it is the site itself: measured and in the summary, and never billed.
        groups: Of circuits that have a tariff of their own.
        exemption: The VAT on what no VAT of the tariff is on, or None where that is not stated.
        identity: As structured invoices name it; None where nothing of that is stated.
        einvoices: Formats of structured invoices that its bills must be possible in; None is
            those of the site.
    """

    id: str
    name: str
    address: tuple[str, ...] = ()
    tariff: str = ""
    tax_id: str = ""
    committed_kw: Decimal | None = None
    tax_exempt: bool = False
    email: tuple[str, ...] = ()
    language: str = ""
    parts: tuple[TermsPart, ...] = ()
    items: tuple[BilledItem, ...] = ()
    own_use: bool = False
    groups: tuple[TariffGroup, ...] = ()
    exemption: Vat | None = None
    identity: BuyerIdentity | None = None
    einvoices: tuple[str, ...] | None = None

    def is_billed_within(self, start: datetime, end: datetime) -> bool:
        """Whether some of a time of its month is billed to it."""
        times = ((max(start, one.start), min(end, one.end)) for one in self.parts)
        return not self.parts or any(begins < ends for begins, ends in times)

    def is_exempt_at(self, time: datetime) -> bool:
        """Whether what is charged for an instant of its month has no taxes."""
        part = self._part_at(time)
        return part.tax_exempt if part else self.tax_exempt

    @property
    def all_groups(self) -> tuple[TariffGroup, ...]:
        """Those of all parts of its month, the last of each name, in the order of the first."""
        if not self.parts:
            return self.groups
        return tuple({one.name: one for part in self.parts for one in part.groups}.values())

    def group_of(self, panel: str, circuit: CircuitVersion, time: datetime) -> str:
        """The name of a circuit's group at an instant of its month, or REST."""
        part = self._part_at(time)
        return group_of(part.groups if part else self.groups, panel, circuit)

    def _part_at(self, time: datetime) -> TermsPart | None:
        """That of an instant; the first one is that of all time before it, too."""
        begun = [part for part in self.parts if part.start <= time] or self.parts[:1]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """A customer's terms from one local day on, until those of the next version.

    Attributes:
        valid_from: First day; None of what held before anything was dated.
        customer: As it is from then on.
        contract_start: First day that is billed to it; None where that is not stated.
        contract_end: Last day that is billed to it, or None.
        reading_day: Day of the month on which its bills begin, 1 to 28; None is calendar months.
    """

    valid_from: date | None
    customer: Customer
    contract_start: date | None = None
    contract_end: date | None = None
    reading_day: int | None = None


def at_its_time(
    versions: Sequence[TermsVersion], start: datetime, end: datetime, zone: ZoneInfo
) -> Customer:
    """The customer as a bill has it: with the terms of its time, and the address at its end.

    Args:
        versions: By valid_from, at least one.
        start: Of the bill's month, UTC.
        end: Of it, UTC.
        zone: Whose midnights begin days.
    """
    spans = list(_spans(versions, start, end, zone))
    parts: list[TermsPart] = []
    for version, first, last in spans:
        begins, ends = _within_contract(version, first, last, zone)
        if begins >= ends:
            continue
        one = version.customer
        terms = one.tariff, one.committed_kw, one.tax_exempt, one.groups
        part = TermsPart(begins, ends, *terms)
        before = parts[-1] if parts else None
        if before and replace(before, start=begins, end=ends) == part and before.end == begins:
            parts[-1] = replace(before, end=ends)
        else:
            parts.append(part)
    at_end = spans[-1][0].customer
    if not parts:  # nothing of the month is billed to it
        return replace(at_end, parts=(TermsPart(start, start),))
    if len(parts) == 1 and (parts[0].start, parts[0].end) == (start, end):
        return at_end
    return replace(at_end, parts=tuple(parts))


def _spans(
    versions: Sequence[TermsVersion], start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[TermsVersion, datetime, datetime]]:
    """What each version has of a time; the first one holds for all time before it, too."""
    for number, (version, following) in enumerate(pairwise([*versions, None])):
        if version is None:
            continue
        begins, ends = start, end
        if number and version.valid_from:
            begins = max(start, midnight(version.valid_from, zone))
        if following and following.valid_from:
            ends = min(end, midnight(following.valid_from, zone))
        if begins < ends:
            yield version, begins, ends


def _within_contract(
    version: TermsVersion, begins: datetime, ends: datetime, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    if version.contract_start:
        begins = max(begins, midnight(version.contract_start, zone))
    if version.contract_end:
        ends = min(ends, midnight(version.contract_end + timedelta(days=1), zone))
    return begins, ends


def version_problems(versions: Sequence[TermsVersion]) -> Iterator[tuple[int, str]]:
    """Index of a version and what is wrong with its days."""
    for index, one in enumerate(versions):
        if one.contract_start and one.contract_end and one.contract_end < one.contract_start:
            yield index, f"contract_end {one.contract_end} is before {one.contract_start}"
    for index, (one, other) in enumerate(pairwise(versions), start=1):
        if one.valid_from and other.valid_from and other.valid_from <= one.valid_from:
            yield index, f"valid_from {other.valid_from} is not after {one.valid_from}"


@dataclass(frozen=True, slots=True)
class CustomerRule:
    """Finds the customer of a circuit: the id at the start of its description.

    Attributes:
        pattern: Regular expression with a group `customer`, searched in the description.
        words: What such an id may be without being a customer, besides `NOBODY`; in any case.
    """

    pattern: str = DEFAULT_PATTERN
    words: tuple[str, ...] = ()
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compiles the pattern.

        Raises:
            ValueError: not a regular expression, or without the group.
        """
        try:
            compiled = re.compile(self.pattern)
        except re.error as error:
            message = f"{self.pattern!r} is no regular expression: {error}"
            raise ValueError(message) from None
        if "customer" not in compiled.groupindex:
            message = f"{self.pattern!r} has no group (?P<customer>…)"
            raise ValueError(message)
        object.__setattr__(self, "_compiled", compiled)

    def customer_of(self, version: CircuitVersion) -> str:
        """The customer id, or "" for a circuit that is unallocated.

        A customer stated on the circuit wins over the description.
        """
        if version.customer:
            return version.customer
        match = self._compiled.search(version.description)
        found = (match["customer"] or "").strip() if match else ""
        return "" if self.is_nobody(found) else found

    def is_nobody(self, customer: str) -> bool:
        """Whether an id that a description starts with is a word that stands for no customer."""
        word = customer.casefold()
        return word in NOBODY or any(word == one.strip().casefold() for one in self.words)


def alike(ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of ids that differ by case only, sorted."""
    groups = defaultdict[str, list[str]](list)
    for one in sorted(set(ids)):
        groups[one.casefold()].append(one)
    return [tuple(group) for group in groups.values() if len(group) > 1]
