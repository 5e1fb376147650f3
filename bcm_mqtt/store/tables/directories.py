"""The tables of panels, their circuits and instruments."""

from sqlalchemy import Column, ForeignKey, Integer, SmallInteger, Table, Text

from bcm_mqtt.domain.site import instrument_field
from bcm_mqtt.domain.site.circuit_field import FIELDS, Factor, Whole
from bcm_mqtt.store.tables.database import metadata
from bcm_mqtt.store.types import UtcTime

directory_revision = Table(
    "directory_revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("panel", Text, nullable=False),
    Column("received", UtcTime, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

panel = Table(
    "panel",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("poles", SmallInteger, nullable=False),
    Column("main_rating", Integer),
    Column("power_factor", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("redundant_with", Text, nullable=False),
    Column("unmonitored", Text, nullable=False),
    Column("voltage_from", Text),
    Column("power_factor_from", Text),
    Column("states_unity", Integer),
    Column("current_step", Text),
    Column("power_step", Text),
    Column("valid_from", UtcTime),
    Column("valid_to", UtcTime),
)

circuit_version = Table(
    "circuit_version",
    metadata,
    Column("panel", Text, ForeignKey("panel.panel"), primary_key=True),
    Column("first_pole", SmallInteger, primary_key=True),
    Column("valid_from", UtcTime, primary_key=True),
    *(
        Column(
            item.attribute,
            Integer if isinstance(item.kind, Whole) else Text,
            nullable=isinstance(item.kind, Whole | Factor),
        )
        for item in FIELDS
    ),
)

# Numbered in the order of meters.csv; the fields are the texts of that file.
instrument = Table(
    "instrument",
    metadata,
    Column("panel", Text, ForeignKey("panel.panel"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("unit_id", SmallInteger),
    Column("poles", Text, nullable=False),
    Column("valid_from", UtcTime, nullable=False),
    *(Column(item.name, Text, nullable=False) for item in instrument_field.FIELDS),
)
