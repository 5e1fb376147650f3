"""Formats, revisions and exemptions as they are written."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.bill.issued import RevisionStyle
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.trade.vat import Vat, VatCategory

_FORMS: Final = ", ".join(Profile)
FORMATS: Final = vol.All(
    [vol.All(values.text, vol.In(list(Profile), msg=f"expected one of {_FORMS}"))],
    vol.Coerce(tuple),
)
"""A list of formats."""
REVISIONS: Final = vol.All(
    values.text,
    vol.In(list(RevisionStyle), msg=f"expected one of {', '.join(RevisionStyle)}"),
    vol.Coerce(RevisionStyle),
)
_UNTAXED: Final = [one.value for one in VatCategory if one is not VatCategory.STANDARD]


def _exemption(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if problem := _vat(value).problem:
        raise vol.Invalid(problem)
    return value


EXEMPTION: Final = vol.All(
    {
        vol.Required("category"): vol.All(
            values.text, vol.In(_UNTAXED, msg=f"expected one of {', '.join(_UNTAXED)}")
        ),
        vol.Optional("exemption_reason"): values.line,
        vol.Optional("exemption_code"): values.text,
    },
    _exemption,
)


def exemption_of(value: Mapping[str, Any]) -> Vat:
    """Of a checked mapping."""
    return _vat(value)


def _vat(value: Mapping[str, Any]) -> Vat:
    return Vat(
        VatCategory(value["category"]),
        reason=value.get("exemption_reason", ""),
        code=value.get("exemption_code", ""),
    )
