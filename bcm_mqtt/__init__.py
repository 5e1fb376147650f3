"""Branch circuit monitors: Modbus to MQTT, SQL and monthly customer bills."""

__version__ = "0.1.0"
