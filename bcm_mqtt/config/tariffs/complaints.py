"""What is wrong between the charges of a rate in tariffs.yaml: names, periods, limits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.tariff import RateVersion, Surcharge, Tax
from bcm_mqtt.located import KeyPath

Complaints = Iterator[tuple[KeyPath, str]]
"""Paths within a rate and what is wrong there."""

_NAMED: Final = {
    "fees": "fee",
    "riders": "rider",
    "daily": "daily charge",
    "ampere_fees": "fee by ampere",
    "surcharges": "surcharge",
    "taxes": "tax",
    "load_factor": "charge for a load factor",
}
"""Lists of charges that go by their names, and what one of each is."""


def charge_complaints(value: Mapping[str, Any], rate: RateVersion) -> Complaints:
    """What is wrong between the values of the charges of one rate.

    Args:
        value: The rate as the schema took it.
        rate: Made from it.
    """
    for key, what in _NAMED.items():
        yield from _twice(key, what, value.get(key, ()))
    yield from _of_fees(value.get("fees", ()))
    yield from _of_riders(rate)
    yield from _of_limits(rate)
    yield from _of_taxes(rate)
    yield from _of_named_lines(rate)
    yield from _of_load_factor(rate)
    if rate.total and rate.total.unrounded and rate.series:
        message = "expected false: amounts of prices by interval are rounded as one"
        yield ("total", "unrounded"), message


def _twice(key: str, what: str, charges: Sequence[Mapping[str, Any]]) -> Complaints:
    seen = set[str]()
    for index, one in enumerate(charges):
        if one["name"] in seen:
            yield (key, index, "name"), f"is the second {what} with the name {one['name']!r}"
        seen.add(one["name"])


def _of_fees(fees: Sequence[Mapping[str, Any]]) -> Complaints:
    for index, fee in enumerate(fees):
        for key in ("connections", "rating_from", "rating_to"):
            if key in fee and fee.get("per") != "circuit":
                yield ("fees", index, key), "is for fees per circuit"
        if fee.get("rating_from", 0) > fee.get("rating_to", 10000):
            yield ("fees", index, "rating_to"), f"expected at least {fee['rating_from']}"


def _of_riders(rate: RateVersion) -> Complaints:
    for index, rider in enumerate(rate.riders):
        if rider.period and rate.schedule is None:
            yield ("riders", index, "period"), "needs a schedule, which says when that is"
        elif rider.period and rider.period not in rate.periods:
            yield ("riders", index, "period"), unknown("period", rider.period, rate.periods)
        elif rider.period and not isinstance(rate.energy, tuple):
            message = "needs an energy price for each period: else energy is not cut by periods"
            yield ("riders", index, "period"), message


def _of_limits(rate: RateVersion) -> Complaints:
    maximum, minimum = rate.maximum, rate.minimum
    if maximum is None:
        return
    if (maximum.amount is None) == (maximum.per_kwh is None):
        yield ("maximum",), "expected either amount or per_kwh"
    elif maximum.amount is not None and minimum and minimum.amount > maximum.amount:
        yield ("maximum",), f"expected at least {minimum.amount}, which the month costs at least"


def _of_taxes(rate: RateVersion) -> Complaints:
    before = list[str]()
    for index, tax in enumerate(rate.taxes):
        for name in sorted(tax.on_taxes - set(before)):
            known = ", ".join(before) or "none"
            message = f"{name!r} is no tax above this one: expected one of {known}"
            yield ("taxes", index, "on_taxes"), message
        before.append(tax.name)
        if tax.vat and (problem := tax.vat.problem):
            yield ("taxes", index, "category"), problem
        if tax.vat is None and (tax.exemption_reason or tax.exemption_code):
            yield ("taxes", index), "gives a reason of exemption: expected a category, too"


def _of_named_lines(rate: RateVersion) -> Complaints:
    """Shares that name the lines that they are on."""
    named = (rate.fees, rate.riders, rate.daily, rate.ampere_fees, rate.reactive, rate.demand)
    known = {one.name for charges in (*named, rate.load_factor) for one in charges} - {""}
    shares: tuple[tuple[str, Sequence[Surcharge | Tax]], ...] = (
        ("surcharges", rate.surcharges),
        ("taxes", rate.taxes),
    )
    for key, charges in shares:
        for index, share in enumerate(charges):
            if share.on and share.on_lines:
                yield (key, index, "on_lines"), "expected either on or on_lines"
            for name in sorted(share.on_lines - known):
                yield (key, index, "on_lines"), unknown("charge", name, known)


def _of_load_factor(rate: RateVersion) -> Complaints:
    for index, one in enumerate(rate.load_factor):
        if (one.above_hours is None) == (one.above_share is None):
            yield ("load_factor", index), "expected either above_hours or above_share"
    if rate.load_factor and rate.demand and rate.demand[0].kva:
        message = "is the demand of the load factor: expected one in kW first"
        yield ("demand", 0), message
