"""The schema of the main configuration file, and its defaults."""

from dataclasses import fields
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.calibration import CALIBRATION
from bcm_mqtt.config.companions import MeterName
from bcm_mqtt.config.customers.groups import GROUPS
from bcm_mqtt.config.customers.items import ITEM
from bcm_mqtt.config.directory.panel_times import time_text
from bcm_mqtt.config.einvoices import BUYER, FORMATS, REVISIONS
from bcm_mqtt.config.einvoices import SELLER as OF_A_SELLER
from bcm_mqtt.config.einvoices.country import country
from bcm_mqtt.config.mail import MAIL, address, language
from bcm_mqtt.config.network.brokers import BROKER
from bcm_mqtt.config.network.cluster import CLUSTER
from bcm_mqtt.config.network.endpoints import archive_location, database_url, host, replica_url
from bcm_mqtt.config.network.peer import PEER
from bcm_mqtt.config.notifications import NOTIFICATIONS
from bcm_mqtt.config.places import file_mode
from bcm_mqtt.config.sellers import SERIES
from bcm_mqtt.config.sellers.letter import LETTER
from bcm_mqtt.config.sellers.numbers import NUMBERS
from bcm_mqtt.config.sources.kinds import OF_A_GATEWAY, OF_A_PANEL, POLL_INTERVAL, SOURCE
from bcm_mqtt.config.web import WEB
from bcm_mqtt.domain.alarms.own_limits import OwnLimits
from bcm_mqtt.domain.bill.terms import APPROVAL_EXPIRED
from bcm_mqtt.domain.identifier import EXPECTED, is_identifier
from bcm_mqtt.domain.reading.alarm_kind import AlarmLimits
from bcm_mqtt.domain.site.billing_period import LAST_READING_DAY
from bcm_mqtt.domain.site.customer import DEFAULT_PATTERN, CustomerRule
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.panel import Service
from bcm_mqtt.located import Each

_PORT = values.whole(1, 65535)
_POLL_OFFSET = vol.Any(
    values.duration("0s", "1h"),
    vol.All("spread", lambda _: None),
    msg="expected a duration from 0s to 1h such as 500ms, 15s or 15min, or spread",
)

_LONGEST_BASE = 100
_LONGEST_PREFIX = 200
LINES = vol.Any([values.text], vol.All(values.lines, str.splitlines))
"""A list of lines, or a text of several."""


def _topic_prefix(value: object) -> str:
    """One or several levels of topics, as MQTT has them."""
    found = values.text(value)
    has_form = all(found.split("/")) and found[0] != "$" and not {*found} & {"+", "#"}
    if has_form and len(found) <= _LONGEST_PREFIX:
        return found
    message = (
        "expected levels of a topic such as homeassistant or ha/discovery, of at most 200 "
        "characters, without + and #, an empty level, or $ at the beginning"
    )
    raise vol.Invalid(message)


def _base_topic(value: object) -> str:
    """One or several levels of topics, each of them an id."""
    found = str(value)
    if not isinstance(value, str) or not all(map(is_identifier, found.split("/"))):
        message = f"expected {EXPECTED}, or several such levels as in site/dc1/bcm"
        raise vol.Invalid(message)
    if len(found) > _LONGEST_BASE:
        message = f"expected at most {_LONGEST_BASE} characters"
        raise vol.Invalid(message)
    return found


SITE = {
    vol.Required("id"): values.identifier,
    vol.Optional("name"): values.line,
    vol.Required("time_zone"): values.zone,
    vol.Optional("currency", default="USD"): values.currency,
    vol.Optional("language"): language,
    vol.Optional("address", default=list): LINES,
    vol.Optional("tax_id"): values.text,
    vol.Optional("seller"): values.identifier,
    vol.Optional("phase_colours"): vol.All(
        values.text, vol.In(["north-america", "iec"], msg="expected north-america or iec")
    ),
    **OF_A_SELLER,
}

SELLER = {
    vol.Required("name"): values.line,
    vol.Optional("address", default=list): LINES,
    vol.Optional("tax_id"): values.text,
    vol.Optional("series"): SERIES,
    vol.Optional("numbers"): NUMBERS,
    vol.Optional("letter"): LETTER,
    vol.Optional("country"): country,
    **OF_A_SELLER,
}

MQTT = {
    **BROKER,
    vol.Optional("base_topic", default="bcm"): _base_topic,
    vol.Optional("retain", default=True): values.boolean,
    vol.Optional("circuit_topics", default=True): values.boolean,
    vol.Optional("circuit_rate", default="deadband"): vol.All(
        values.text, vol.In(["deadband", "every"], msg="expected deadband or every")
    ),
    vol.Optional("discovery", default=dict): {
        vol.Optional("enabled", default=True): values.boolean,
        vol.Optional("prefix", default="homeassistant"): _topic_prefix,
    },
}

GATEWAY = {
    **OF_A_GATEWAY,
    # One of the two, and only its own keys: see gateways.py, which gives the defaults.
    vol.Optional("host"): host,
    vol.Optional("port"): _PORT,
    vol.Optional("framing"): vol.In(["tcp", "rtu"], msg="expected tcp or rtu"),
    vol.Optional("transaction_ids"): vol.In(
        ["strict", "lenient"], msg="expected strict or lenient"
    ),
    vol.Optional("serial"): values.text,
    vol.Optional("baudrate"): values.whole(300, 4_000_000),
    vol.Optional("parity"): vol.In(["none", "even", "odd"], msg="expected none, even or odd"),
    vol.Optional("stop_bits"): values.whole(1, 2),
    vol.Optional("timeout"): values.duration("10ms", "60s"),
    vol.Optional("poll_interval", default="15s"): POLL_INTERVAL,
}

_ALARM_LIMITS = {
    vol.Optional(limit.name, default=limit.default): (
        values.percentage if limit.type is float else values.whole(1, 100)
    )
    for limit in fields(AlarmLimits)
}
_OWN_LIMITS = {vol.Optional(limit.name): values.percentage for limit in fields(OwnLimits)}
ALARMS: dict[Any, Any] = {
    **_ALARM_LIMITS,
    vol.Optional("customers", default=dict): {values.line: _OWN_LIMITS},
    vol.Optional("circuits", default=dict): {values.circuit_name: _OWN_LIMITS},
}

PANEL = {
    vol.Optional("name"): values.line,
    # Where it is read: by keys of its own, or a list of sources; see config.sources.
    **OF_A_PANEL,
    vol.Optional("sources"): Each(SOURCE),
    vol.Optional("service", default="120/208"): values.parsed(Service.parse),
    vol.Optional("main_rating"): values.whole(1, 10000),
    vol.Optional("power_factor"): values.power_factor,
    vol.Optional("voltage_from"): values.parsed(MeterName.parse),
    vol.Optional("power_factor_from"): values.parsed(MeterName.parse),
    vol.Optional("poles"): values.whole(1, 84),
    vol.Optional("unmonitored", default=list): [values.whole(1, 84)],
    vol.Optional("fully_rated", default=list): [values.pole_or_main],
    vol.Optional("feed", default=""): vol.In(["", "A", "B"], msg="expected A or B"),
    vol.Optional("redundant_with"): values.identifier,
    vol.Optional("valid_from"): time_text,
    vol.Optional("valid_to"): time_text,
    vol.Optional("poll_interval"): POLL_INTERVAL,
}

MAIN = vol.Schema(
    {
        vol.Required("site"): SITE,
        vol.Optional("sellers", default=dict): {values.identifier: SELLER},
        vol.Optional("bridge", default=dict): {
            vol.Optional("id"): values.identifier,
            vol.Optional("data", default="data/bridge"): values.text,
            vol.Optional("poll_offset", default="0s"): _POLL_OFFSET,
            vol.Optional("outbox", default=dict): {
                vol.Optional("max_age", default="7d"): values.duration("1min", "365d"),
                vol.Optional("max_size", default="10GB"): values.size,
                vol.Optional("keep_stored", default="48h"): values.duration("0s", "365d"),
            },
            vol.Optional("keep_until", default="auto"): values.keep_until,
            vol.Optional("peer"): PEER,
            vol.Optional("metrics"): {
                vol.Optional("host", default="127.0.0.1"): host,
                vol.Optional("port", default=9480): values.whole(0, 65535),
            },
        },
        vol.Optional("alarms", default=dict): ALARMS,
        vol.Optional("mqtt", default=dict): MQTT,
        vol.Optional("database", default=dict): {
            vol.Optional("url", default="sqlite:///data/bcm.db"): database_url,
            vol.Optional("home_url"): database_url,
            vol.Optional("read_url"): replica_url,
            vol.Optional("archive"): archive_location,
            vol.Optional("archive_after", default="10d"): values.duration("1d", "3650d"),
            vol.Optional("raw_retention"): values.duration("1d", "36500d"),
            vol.Optional("interval_retention"): values.duration("31d", "36500d"),
            vol.Optional("prune_unissued", default=False): values.boolean,
            vol.Optional("quarantine_limit", default=10_000): values.whole(1, 10_000_000),
            vol.Optional("quarantine_size", default="100MB"): values.size,
        },
        vol.Required("gateways"): {values.identifier: GATEWAY},
        vol.Required("panels"): {values.panel_identifier: PANEL},
        vol.Optional("circuits"): values.text,
        vol.Optional("meters"): values.text,
        vol.Optional("formulas"): values.text,
        vol.Optional("customers"): values.text,
        vol.Optional("tariffs"): values.text,
        vol.Optional("billing", default=dict): {
            vol.Optional("customer_pattern", default=DEFAULT_PATTERN): values.parsed(CustomerRule),
            vol.Optional("no_customer", default=list): vol.All([values.text], vol.Coerce(tuple)),
            vol.Optional("default_tariff"): values.text,
            vol.Optional("footer", default=list): LINES,
            vol.Optional("paper", default="a4"): vol.In(
                ["a4", "letter"], msg="expected a4 or letter"
            ),
            vol.Optional("accounting"): values.text,
            vol.Optional("numbers", default=dict): NUMBERS,
            vol.Optional("letter", default=dict): LETTER,
            vol.Optional("payment_days", default=30): values.whole(0, 3650),
            vol.Optional("einvoices", default=list): FORMATS,
            vol.Optional("revisions"): REVISIONS,
            vol.Optional("approval_expired", default=APPROVAL_EXPIRED): str,
            vol.Optional("approval_missing", default=""): str,
            vol.Optional("review_above", default=5): values.share,
            vol.Optional("fed_by", default=dict): {
                values.panel_identifier: values.parsed(Feeder.parse)
            },
            vol.Optional("calibrate_to", default=dict): {values.identifier: CALIBRATION},
            vol.Optional("signing_key"): values.text,
            vol.Optional("time_stamps"): {
                vol.Required("url"): vol.Match(r"https?://\S+$", msg="expected a URL"),
                vol.Required("ca"): values.text,
            },
            vol.Optional("publish", default=True): values.boolean,
            vol.Optional("publish_every", default="1min"): values.duration("1s", "1d"),
        },
        vol.Optional("cluster", default=dict): CLUSTER,
        vol.Optional("mail"): MAIL,
        vol.Optional("notifications", default=dict): NOTIFICATIONS,
        vol.Optional("web", default=dict): WEB,
        vol.Optional("files", default=dict): {
            vol.Optional("mode", default="0600"): file_mode,
        },
    }
)

_TERMS = {
    vol.Optional("name"): values.line,
    vol.Optional("address"): LINES,
    vol.Optional("tariff"): values.text,
    vol.Optional("tax_id"): values.text,
    vol.Optional("committed_kw"): values.not_negative,
    vol.Optional("tax_exempt"): values.boolean,
    vol.Optional("language"): language,
    vol.Optional("contract_start"): values.day,
    vol.Optional("contract_end"): values.day,
    vol.Optional("reading_day"): values.whole(1, LAST_READING_DAY),
    vol.Optional("tariffs"): GROUPS,
    **BUYER,
}
"""Of a customer, from a day on or always."""

CUSTOMERS = vol.Schema(
    {
        vol.Required("customers"): {
            values.line: {
                **_TERMS,
                vol.Optional("email", default=list): [address],
                vol.Optional("own_use", default=False): values.boolean,
                vol.Optional("versions"): Each({vol.Required("valid_from"): values.day, **_TERMS}),
                vol.Optional("items"): Each(ITEM),
            }
        }
    }
)
