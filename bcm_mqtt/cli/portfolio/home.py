"""The home database of a portfolio, where the users of all its sites are."""

from bcm_mqtt.config.portfolio import Portfolio
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Database


def home_of(portfolio: Portfolio) -> Database:
    """It is not touched yet; raises InputError where the portfolio names none."""
    if not portfolio.home_url:
        message = "is required: the users of the page of all sites are in the home database"
        raise InputError.of(message, source=str(portfolio.file), key="home")
    home = Database(portfolio.home_url)
    home.title = "home database"
    return home
