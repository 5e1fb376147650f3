"""The office of several sites, as far as a site's settings have it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bcm_mqtt.config.sellers import SellerSettings


@dataclass(frozen=True, slots=True)
class Office:
    """What a portfolio says of a site, in the place of the site's own configuration.

    Attributes:
        database_url: Of the site's database as the office reaches it; "" is the configuration's.
        home_url: Of the home database; "" is the configuration's.
        seller: None is the configuration's.
        joint: Account by customer of the site that gets one bill over several sites; None where
            there is no home database for it.
        part: Of the ledger, where the bills are those of an account over several sites; "" is that
            of the site.
        name: At the head of such bills, in the place of the site's.
    """

    database_url: str
    home_url: str
    seller: SellerSettings | None
    joint: Mapping[str, str] | None = None
    part: str = ""
    name: str = ""
