"""The form that edits a circuit: a line for each of its fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bcm_mqtt.domain.site.circuit_field import (
    CUSTOMER,
    DESCRIPTION,
    POWER_FACTOR,
    Choice,
    CircuitField,
    Factor,
    Kind,
    Text,
    Whole,
)
from bcm_mqtt.domain.site.panel import Connection, Panel, Service, System, why_not
from bcm_mqtt.languages import _, number, translated


@dataclass(frozen=True, slots=True)
class Option:
    """A connection that the service can feed, in words."""

    value: str
    text: str
    poles: int


@dataclass(frozen=True, slots=True)
class FormField:
    """A line of the form that edits a circuit.

    Attributes:
        name: Of the field.
        label: To people.
        attributes: Of its input element.
        choices: Of a select element; an input element has none.
        wide: Whether it takes the whole width.
    """

    name: str
    label: str
    attributes: Mapping[str, object]
    choices: tuple[Option, ...]
    wide: bool


def form_field(item: CircuitField, panel: Panel) -> FormField:
    """The line of a field, for the circuits of a panel."""
    attributes = _input(item.kind)
    choices: tuple[Option, ...] = ()
    if isinstance(item.kind, Choice):
        choices = tuple(_choices(panel.service))
    if item is CUSTOMER:
        attributes["list"] = "customers"
    if item is POWER_FACTOR:
        attributes["placeholder"] = f"{translated(item.hint)}, {number(panel.power_factor)}"
    elif item.hint:
        attributes["placeholder"] = translated(item.hint)
    label = translated(item.form_label or item.label)
    return FormField(item.name, label, attributes, choices, wide=item is DESCRIPTION)


def _input(kind: Kind) -> dict[str, object]:
    """Attributes of the element in which people type values of a kind."""
    match kind:
        case Text(longest=longest):
            return {"maxlength": longest, "autocomplete": "off"}
        case Whole(low=low, high=high):
            return {"type": "number", "min": low, "max": high, "inputmode": "numeric"}
        case Factor():
            limits = {"min": 0.001, "max": 1, "step": 0.001}
            return {"type": "number", **limits, "inputmode": "decimal"}
    return {}


def _choices(service: Service) -> Iterator[Option]:
    line, neutral = service.v_ll, service.v_ln
    if service.system is System.WYE:
        three = _("%(volts)s V three-phase wye, three poles", volts=line)
    else:
        three = _("%(volts)s V three-phase, three poles", volts=line)
    both = f"{neutral}/{line}"
    texts = {
        Connection.LINE_NEUTRAL: _("%(volts)s V, one pole", volts=neutral),
        Connection.LINE_LINE: _("%(volts)s V, two poles", volts=line),
        Connection.TWO_LINE_NEUTRAL: _("%(volts)s V, two poles and neutral", volts=both),
        Connection.WYE: three,
        Connection.DELTA: _("%(volts)s V three-phase delta, three poles", volts=line),
        Connection.NONE: _("no breaker: its poles become free"),
    }
    for connection, text in texts.items():
        if not why_not(connection, service):
            yield Option(connection.value, f"{text} ({connection.value})", connection.pole_count)
