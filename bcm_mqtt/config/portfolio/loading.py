"""Loads a portfolio whole: portfolio.yaml and the configuration of each of its sites."""

from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import Any

from bcm_mqtt.config.loader import load
from bcm_mqtt.config.places import database_in
from bcm_mqtt.config.portfolio.checks import (
    account_problems,
    ledger_warnings,
    site_problems,
    unknown_customers,
)
from bcm_mqtt.config.portfolio.joint import joint_customers, one_bill_problems
from bcm_mqtt.config.portfolio.schema import PORTFOLIO
from bcm_mqtt.config.portfolio.settings import Portfolio, PortfolioSite
from bcm_mqtt.config.sellers import (
    SellerSettings,
    section_problems,
    sellers_of,
    series_problems,
)
from bcm_mqtt.config.sellers.office import Office
from bcm_mqtt.config.sellers.seen import seen_from
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.config.web import web_settings
from bcm_mqtt.domain.bill.statement import JointAccount
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document, KeyPath, read_yaml, salvaged

_SUBSTITUTES: Mapping[KeyPath, Any] = {("sites",): {}, ("home",): {"database": "sqlite:///home"}}


def load_portfolio(
    file: Path, *, environment: Mapping[str, str] = environ, start: Path = Path()
) -> Portfolio:
    """The portfolio of a file, with the settings of all its sites.

    Args:
        file: portfolio.yaml; the configurations that it names are relative to its folder.
        environment: Where `!env` looks.
        start: The folder in which the program was started; see `places`.

    Raises:
        InputError: every problem of every file, sorted by place.
    """
    if not file.exists():
        message = "there is no such file: expected a portfolio.yaml that names sites"
        raise InputError.of(message, source=str(file))
    document = read_yaml(file, environment=environment)
    data, problems = salvaged(document, PORTFOLIO, _SUBSTITUTES)
    if data is None:
        raise InputError(problems)
    if document.value(("sites",)) == {}:
        problems.append(document.problem(("sites",), "expected at least one site"))
    sellers = sellers_of(data, file.parent)
    problems += [
        document.problem(("sellers", key), message)
        for key, message in series_problems(sellers).items()
    ]
    problems += section_problems(document, data, file.parent)
    home_url = database_in(data["home"]["database"], file.parent) if "home" in data else ""
    accounts = _accounts(data)
    sites, warnings = dict[str, PortfolioSite](), list[str]()
    for key, value in data["sites"].items():
        settings, more = _settings(document, key, value, environment, start)
        problems += more
        seller, more = _seller_of(document, key, value, sellers)
        problems += more
        if settings:
            url = database_in(value.get("database", ""), file.parent)
            joint = joint_customers(accounts.values(), key) if home_url else None
            office = Office(url, home_url, sellers.get(seller), joint)
            warnings += ledger_warnings(key, settings, office)
            settings = seen_from(office, settings)
            country = sellers[seller].country if seller in sellers else ""
            country = value.get("country", country)
            sites[key] = PortfolioSite(settings, seller, country, value.get("page", ""))
    web, more = web_settings(document, {"enabled": True, **data["web"]}, file.parent)
    problems += more
    problems += site_problems(document, sites)
    problems += account_problems(document, accounts)
    if sites.keys() == data["sites"].keys():
        problems += one_bill_problems(document, accounts.values(), sites, home_url)
    if problems:
        raise InputError(problems)
    warnings += unknown_customers(sites, accounts.values())
    names = [data["name"]] if "name" in data else [one.name for one in sellers.values()]
    name = names[0] if len(names) == 1 else ""
    return Portfolio(
        file, home_url, sellers, sites, accounts, tuple(warnings), name or "Sites", web
    )


def _accounts(data: Mapping[str, Any]) -> dict[str, JointAccount]:
    return {
        key: JointAccount(key, value["sites"], one_bill=value["bill"] == "one")
        for key, value in data["accounts"].items()
    }


def _settings(
    document: Document,
    site: str,
    data: Mapping[str, Any],
    environment: Mapping[str, str],
    start: Path,
) -> tuple[Settings | None, list[Problem]]:
    """The settings of a site by itself, or what is wrong with its files."""
    file = Path(document.source).parent / data["config"]
    if not file.is_file():
        message = f"no such file {file}"
        return None, [document.problem(("sites", site, "config"), message)]
    try:
        return load(file, environment=environment, start=start), []
    except InputError as error:
        return None, list(error.problems)


def _seller_of(
    document: Document, site: str, data: Mapping[str, Any], sellers: Mapping[str, SellerSettings]
) -> tuple[str, list[Problem]]:
    """The id of a site's seller: where there is but one, it need not be named."""
    place, known = ("sites", site, "seller"), document.keys("sellers")
    if "seller" in data:
        if data["seller"] in known:
            return data["seller"], []
        return "", [document.problem(place, unknown("seller", data["seller"], known))]
    if len(known) > 1 and document.value(place) is None:
        message = f"is required: expected one of {', '.join(sorted(known))}"
        return "", [document.problem(place, message)]
    return next(iter(sellers), ""), []
