"""Charges of a rate in tariffs.yaml: schema and values, both derived from the domain's types.

A field of a charge is a key of the file; `_KEYS` says where its type does not say all.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final, TypeVar, cast, get_args, get_type_hints

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.tariffs import demand
from bcm_mqtt.domain.rating.line_kind import NEVER_TAXED, LineKind
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import (
    AmpereFee,
    Block,
    DemandCharge,
    EnergyPrice,
    EnergyRider,
    Fee,
    LoadFactorCharge,
    Maximum,
    Minimum,
    Price,
    Ratchet,
    RateVersion,
    ReactiveCharge,
    SeriesPrice,
    StartingDemand,
    Surcharge,
    Tax,
    Tier,
    TotalRounding,
)
from bcm_mqtt.domain.trade.vat import VatCategory
from bcm_mqtt.located import Each, Shaped

_Kind = TypeVar("_Kind")
_CHECKS: Final[Mapping[object, Callable[[object], Any]]] = {
    Decimal: values.not_negative,
    bool: values.boolean,
    str: values.text,
}
_CONNECTIONS: Final = [one.value for one in Connection if one is not Connection.NONE]
_NEVER_TAXED: Final = {LineKind.TAX, LineKind.ROUNDING, *NEVER_TAXED}
_TAXED: Final = [kind.value for kind in LineKind if kind not in _NEVER_TAXED]
_LIMITS: Final = {LineKind.SURCHARGE, LineKind.MINIMUM, LineKind.MAXIMUM}
_CLOSING: Final = _LIMITS | {LineKind.ITEM} | _NEVER_TAXED
_SURCHARGED: Final = [kind.value for kind in LineKind if kind not in _CLOSING]


def one_or_more(single: Callable[[Any], Any]) -> Shaped:
    """A value, or a list of such."""
    return Shaped(single, listed=Each(single))


def listed(value: Any) -> list[Any]:
    """What `one_or_more` took, as a list."""
    return value if isinstance(value, list) else [value]


def _one_of(words: list[str]) -> vol.In:
    return vol.In(words, msg=f"expected one of {', '.join(words)}")


@dataclass(frozen=True, slots=True)
class _Key:
    """A field as a key: its schema, its name where it has another, and the field's value of it."""

    schema: Any
    name: str = ""
    value: Callable[[Any], Any] = lambda value: value


def schema_of(kind: type) -> dict[Any, Any]:
    """The schema of a mapping that says a charge."""
    return {
        vol.Required(key) if field.default is MISSING else vol.Optional(key): schema
        for field, key, schema, _ in _keys(kind)
    }


def made(kind: type[_Kind], value: Mapping[str, Any]) -> _Kind:
    """The charge that a checked mapping says; what it leaves out is as by default."""
    keys = _keys(cast("Hashable", kind))
    given = {field.name: convert(value[key]) for field, key, _, convert in keys if key in value}
    return kind(**given)


@cache
def _keys(kind: Hashable) -> list[tuple["Field[Any]", str, Any, Callable[[Any], Any]]]:
    """Of each field: its key, the key's schema, and how its value is made."""
    hints = get_type_hints(kind)
    keys = []
    for field in fields(kind):  # type: ignore[arg-type]
        key = _KEYS.get((kind, field.name)) or _by_type(hints[field.name])
        keys.append((field, key.name or field.name, key.schema, key.value))
    return keys


def _by_type(hint: Any) -> _Key:
    if hint == Price:
        return _Key(Shaped(values.not_negative, listed=Each(schema_of(Tier))), value=price_of)
    inner = next((one for one in get_args(hint) if is_dataclass(one)), None)
    if isinstance(inner, type):
        one, many = partial(made, inner), Ellipsis in get_args(hint)
        schema = schema_of(inner)
        return _Key(Each(schema) if many else schema, value=_each(one) if many else one)
    return _Key(_CHECKS[next((one for one in get_args(hint) if one in _CHECKS), hint)])


def price_of(value: Any) -> Price:
    """A price that a checked value says: of everything, or by tiers."""
    return value if isinstance(value, Decimal) else tuple(made(Tier, tier) for tier in value)


def energy_price_of(value: Any) -> EnergyPrice:
    """An energy price that a checked value says, also by a series."""
    return made(SeriesPrice, value) if isinstance(value, dict) else price_of(value)


def _minimum(value: Any) -> Minimum:
    return made(Minimum, value if isinstance(value, dict) else {"amount": value})


def _maximum(value: Any) -> Maximum:
    return made(Maximum, value if isinstance(value, dict) else {"amount": value})


_MONTHS: Final = _Key(
    one_or_more(values.whole(1, 12)), value=lambda value: frozenset(listed(value))
)
_NAMES: Final = _Key(one_or_more(values.text), value=lambda value: frozenset(listed(value)))
_CIRCUITS: Final = _Key(
    one_or_more(_one_of(_CONNECTIONS)),
    value=lambda value: frozenset(map(Connection, listed(value))),
)
_KEYS: Final[Mapping[tuple[Hashable, str], _Key]] = {
    (Ratchet, "share"): _Key(partial(values.decimal, low=Decimal(0), high=Decimal(1))),
    (Ratchet, "months"): _Key(values.whole(1, 60)),
    (Ratchet, "of_months"): _MONTHS,
    (Ratchet, "in_months"): _MONTHS,
    (StartingDemand, "month"): _Key(demand.month),
    (DemandCharge, "window"): _Key(demand.window),
    (DemandCharge, "step"): _Key(demand.sliding_step),
    (DemandCharge, "peak_times"): _Key(
        one_or_more(demand.peak_time), value=lambda value: tuple(listed(value))
    ),
    (DemandCharge, "round_to"): _Key(demand.step),
    (DemandCharge, "power_factor"): _Key(values.power_factor),
    (ReactiveCharge, "above_share"): _Key(
        partial(values.decimal, low=Decimal(0), high=Decimal(10))
    ),
    (DemandCharge, "rounding"): _Key(_one_of(list(demand.ROUNDINGS))),
    (Fee, "per_circuit"): _Key(
        vol.In(["month", "circuit"], msg="expected month or circuit"),
        "per",
        lambda value: value == "circuit",
    ),
    (Fee, "connections"): _CIRCUITS,
    (AmpereFee, "connections"): _CIRCUITS,
    (EnergyRider, "price"): _Key(values.decimal),
    (Fee, "price"): _Key(values.decimal),
    (SeriesPrice, "factor"): _Key(values.decimal),
    (SeriesPrice, "adder"): _Key(values.decimal),
    (SeriesPrice, "losses"): _Key(partial(values.decimal, low=Decimal(1))),
    (Block, "price"): _Key(values.decimal),
    (Tier, "price"): _Key(values.decimal),
    (Surcharge, "percent"): _Key(partial(values.decimal, low=Decimal(-100), high=Decimal(100))),
    (Surcharge, "on"): _Key(
        one_or_more(_one_of(_SURCHARGED)), value=lambda value: frozenset(listed(value))
    ),
    (Fee, "rating_from"): _Key(values.whole(1, 10000)),
    (Fee, "rating_to"): _Key(values.whole(1, 10000)),
    (Tax, "percent"): _Key(partial(values.decimal, low=Decimal(0), high=Decimal(100))),
    (Tax, "on_taxes"): _NAMES,
    (Tax, "on_lines"): _NAMES,
    (Surcharge, "on_lines"): _NAMES,
    (LoadFactorCharge, "price"): _Key(values.decimal),
    (LoadFactorCharge, "above_share"): _Key(
        partial(values.decimal, low=Decimal(0), high=Decimal(1))
    ),
    (TotalRounding, "round_to"): _Key(demand.step),
    (TotalRounding, "rounding"): _Key(_one_of(list(demand.ROUNDINGS))),
    (Tax, "category"): _Key(_one_of([one.value for one in VatCategory]), value=VatCategory),
    (Tax, "on"): _Key(one_or_more(_one_of(_TAXED)), value=lambda value: frozenset(listed(value))),
}


def _charges() -> Iterator[tuple[str, Any, Callable[[Any], Any]]]:
    """The fields of a rate that hold charges: one, or a list."""
    for name, hint in get_type_hints(RateVersion).items():
        kind = get_args(hint)[0] if get_args(hint) else None
        if name == "minimum":  # which may also stand as its amount alone
            yield name, Shaped(values.not_negative, mapping=schema_of(Minimum)), _minimum
        elif name == "maximum":
            yield name, Shaped(values.not_negative, mapping=schema_of(Maximum)), _maximum
        elif name == "allocation":  # which is named by its id
            continue
        elif isinstance(kind, type) and hasattr(kind, "terms"):
            one, many = partial(made, kind), Ellipsis in get_args(hint)
            schema = schema_of(kind)
            yield name, Each(schema) if many else schema, _each(one) if many else one


def _each(one: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(map(one, value))


_CHARGES: Final = tuple(_charges())
CHARGES: Final = {vol.Optional(name): schema for name, schema, _ in _CHARGES}
"""Keys of a rate that hold charges."""


def charges_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rate that hold charges, of a checked mapping."""
    return {name: convert(value[name]) for name, _, convert in _CHARGES if name in value}
