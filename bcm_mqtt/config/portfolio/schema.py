"""The schema of portfolio.yaml."""

from re import fullmatch
from typing import Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.einvoices.country import country
from bcm_mqtt.config.network.endpoints import database_url
from bcm_mqtt.config.schema import SELLER
from bcm_mqtt.config.web import WEB
from bcm_mqtt.located.validation import Shaped


def _page_address(value: object) -> str:
    """The address of a site's first page, with the slash that links go on from."""
    address = values.text(value)
    if fullmatch(r"https?://[\w.:\[\]-]+(/[\w.~%-]+)*/?", address):
        return f"{address.rstrip('/')}/"
    message = "expected the address of the site's page, such as https://dc1.example.com/"
    raise vol.Invalid(message)


SITE = {
    vol.Required("config"): values.text,
    vol.Optional("database"): database_url,
    vol.Optional("seller"): values.identifier,
    vol.Optional("country"): country,
    vol.Optional("page"): _page_address,
}

_CUSTOMERS = vol.All(
    {values.line: values.line},
    vol.Length(min=1, msg="expected the account's customer at a site, such as dc1: Customer1"),
)
_BILLS: Final = ("each", "one")
"""What an account may get: a bill from each site, or one over all of them."""
_WITHOUT_SITES: Final = [[("bill", bills)] for bills in _BILLS]
_ACCOUNT = {
    vol.Required("sites"): _CUSTOMERS,
    vol.Optional("bill", default="each"): vol.In(
        _BILLS, msg="expected one, or each: a bill from each site"
    ),
}


class _Account(Shaped):
    """Customers by site, alone or below `sites` with other settings; the latter form of both."""

    def __call__(self, value: object) -> object:
        """The latter form."""
        if isinstance(value, dict) and (
            isinstance(value.get("sites"), dict) or list(value.items()) in _WITHOUT_SITES
        ):
            return super().__call__(value)
        return {"sites": self.single(value), "bill": "each"}


PORTFOLIO = vol.Schema(
    {
        vol.Optional("name"): values.line,
        vol.Optional("home"): {vol.Required("database"): database_url},
        vol.Optional("sellers", default=dict): {values.identifier: SELLER},
        vol.Required("sites"): {values.identifier: SITE},
        vol.Optional("accounts", default=dict): {
            values.line: _Account(vol.Schema(_CUSTOMERS), mapping=_ACCOUNT)
        },
        vol.Optional("web", default=dict): {
            key: value for key, value in WEB.items() if key != "enabled"
        },
    }
)
