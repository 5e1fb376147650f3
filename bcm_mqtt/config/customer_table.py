"""customers.yaml: who is behind the customer ids of circuits, and by which terms at which time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import environ
from pathlib import Path
from typing import Any, Final

from bcm_mqtt.config import schema
from bcm_mqtt.config.customers.groups import group_problems, groups_of
from bcm_mqtt.config.customers.items import items_of, problems_of_items
from bcm_mqtt.config.einvoices import buyer_of, exemption_of
from bcm_mqtt.config.values import read_table, unknown
from bcm_mqtt.domain.site.customer import Customer, TermsVersion, version_problems
from bcm_mqtt.domain.site.customer_item import CustomerItem
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.errors import Problem
from bcm_mqtt.languages import ENGLISH
from bcm_mqtt.located import KeyPath

_STATED: Final = ("name", "tariff", "tax_id", "committed_kw", "tax_exempt", "einvoices")


@dataclass(frozen=True, slots=True)
class CustomerTable:
    """What customers.yaml says.

    Attributes:
        customers: By id, as their last terms say.
        dated: Of those whose terms are dated, each version.
        items: Of those that have any.
    """

    customers: dict[str, Customer]
    dated: dict[str, tuple[TermsVersion, ...]]
    items: dict[str, tuple[CustomerItem, ...]]


def read_customers(
    file: Path,
    known: Collection[str] | None,
    tariffs: Mapping[str, Tariff],
    language: str = "",
    environment: Mapping[str, str] = environ,
    default_tariff: str = "",
) -> tuple[CustomerTable, list[Problem]]:
    """The customers, and every problem.

    Args:
        file: customers.yaml.
        known: Ids of tariffs that a customer may name; None takes any.
        tariffs: Those of them that are right.
        language: Of customers that state none.
        environment: Where `!env` looks.
        default_tariff: Of customers that name none.
    """
    document, table, problems = read_table(file, schema.CUSTOMERS, "customers", environment)
    read = CustomerTable({}, {}, {})
    for key, value in table.items():
        first = Customer(
            *(key, key),
            email=tuple(value["email"]),
            language=stored_language(language),
            own_use=value["own_use"],
        )
        versions = list(_versions(TermsVersion(None, first), value))
        found = list(_unknown_tariffs(value, known))
        found += _without_power(versions, tariffs)
        if len(versions) > 1 or versions[0].customer.groups:
            found += _unlike(versions, tariffs, default_tariff)
        found += [(_path(index), text) for index, text in version_problems(versions)]
        found += _of_items(value, versions, default_tariff)
        if items := items_of(value.get("items", ())):
            read.items[key] = items
        problems += [document.problem(("customers", key, *path), text) for path, text in found]
        read.customers[key] = versions[-1].customer
        if len(versions) > 1 or versions[0] != TermsVersion(None, versions[0].customer):
            read.dated[key] = tuple(versions)
    return read, problems


def _versions(before: TermsVersion, value: Mapping[str, Any]) -> Iterator[TermsVersion]:
    """What always held, and what holds from a day on: each states what is other than before."""
    for given in (value, *value.get("versions", ())):
        stated = {name: given[name] for name in _STATED if name in given}
        if "language" in given:
            stated["language"] = stored_language(given["language"])
        if "address" in given:
            stated["address"] = tuple(given["address"])
        if "exemption" in given:
            stated["exemption"] = exemption_of(given["exemption"])
        stated["identity"] = buyer_of(before.customer.identity, given)
        if "tariffs" in given:
            stated["groups"] = groups_of(given["tariffs"])
        start, end = given.get("contract_start"), given.get("contract_end")
        if start is None:
            start, end = before.contract_start, end or before.contract_end
        customer = replace(before.customer, **stated)
        day = given.get("reading_day", before.reading_day)
        before = TermsVersion(given.get("valid_from"), customer, start, end, day)
        yield before


def _path(index: int) -> KeyPath:
    """Of a version within a customer; the first is the customer itself."""
    return ("versions", index - 1) if index else ()


_Complaints = Iterator[tuple[KeyPath, str]]


def _unknown_tariffs(value: Mapping[str, Any], known: Collection[str] | None) -> _Complaints:
    for index, given in enumerate((value, *value.get("versions", ()))):
        tariff = given.get("tariff", "")
        if tariff and known is not None and tariff not in known:
            yield (*_path(index), "tariff"), unknown("tariff", tariff, known)
        for name, group in given.get("tariffs", {}).items():
            if known is not None and group["tariff"] not in known:
                place = *_path(index), "tariffs", name, "tariff"
                yield place, unknown("tariff", group["tariff"], known)
        for path, text in group_problems(given):
            yield (*_path(index), *path), text


def _without_power(versions: Sequence[TermsVersion], tariffs: Mapping[str, Tariff]) -> _Complaints:
    for index, version in enumerate(versions):
        customer = version.customer
        rated: list[tuple[KeyPath, Customer | TariffGroup]] = [(_path(index), customer)]
        rated += _groups_of(index, customer)
        for path, one in rated:
            if one.committed_kw is None and _asks_for_power(tariffs.get(one.tariff)):
                yield path, f"tariff {one.tariff} prices committed power: expected committed_kw"


def _groups_of(index: int, customer: Customer) -> Iterator[tuple[KeyPath, TariffGroup]]:
    for group in customer.groups:
        yield (*_path(index), "tariffs", group.name), group


def _unlike(
    versions: Sequence[TermsVersion], tariffs: Mapping[str, Tariff], default: str
) -> _Complaints:
    """Why versions cannot be of one bill: each may come after the other within a month."""
    named = [version.customer.tariff or default for version in versions]
    groups = [group.tariff for version in versions for group in version.customer.groups]
    currencies = {tariffs[name].currency for name in [*named, *groups] if name in tariffs}
    if len(currencies) > 1:
        said = " and ".join(sorted(currencies))
        place = "versions" if len(versions) > 1 else "tariffs"
        yield (place,), f"expected tariffs of one currency, not {said}"
    divided = (name for name in [*named, *groups] if groups and _divides(tariffs.get(name)))
    if name := next(divided, ""):
        yield ("tariffs",), f"tariff {name} divides an invoice: expected it for all circuits"
    if groups and not all(named):
        yield ("tariffs",), "expected a tariff of the other circuits, too, as there is no default"
        return
    if any(named) and not all(named):
        index = named.index("")
        yield _path(index), "expected a tariff, as other versions name one and there is no default"


def _of_items(
    value: Mapping[str, Any], versions: Sequence[TermsVersion], default: str
) -> _Complaints:
    items = value.get("items", ())
    if items and value["own_use"]:
        yield ("items",), "expected none, as own use is not billed"
    for path, message in problems_of_items(items):
        yield ("items", *path), message
    if items and not all(version.customer.tariff or default for version in versions):
        yield ("items",), "expected a tariff, in whose currency items are charged"


def stored_language(tag: str) -> str:
    """A language as bills have it: of English nothing, as those of before languages."""
    return "" if tag == ENGLISH else tag


def _asks_for_power(tariff: Tariff | None) -> bool:
    """Whether a rate prices committed power and does not say how much that is."""
    return tariff is not None and any(
        rate.committed and rate.committed.kw is None for rate in tariff.versions
    )


def _divides(tariff: Tariff | None) -> bool:
    """Whether a rate charges a customer's part of an invoice, which is of all its circuits."""
    return tariff is not None and any(rate.allocation for rate in tariff.versions)
