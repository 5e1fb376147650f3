"""Home Assistant's short forms of discovery keys: a circuit's message stays below 4 kB.

Source: Home Assistant's MQTT documentation, "Supported abbreviations".
"""

from typing import Any

SHORT = {
    "availability": "avty",
    "availability_mode": "avty_mode",
    "command_template": "cmd_tpl",
    "command_topic": "cmd_t",
    "components": "cmps",
    "device": "dev",
    "device_class": "dev_cla",
    "entity_category": "ent_cat",
    "icon": "ic",
    "identifiers": "ids",
    "json_attributes_topic": "json_attr_t",
    "manufacturer": "mf",
    "model": "mdl",
    "options": "ops",
    "origin": "o",
    "payload_off": "pl_off",
    "payload_on": "pl_on",
    "payload_press": "pl_prs",
    "platform": "p",
    "state_class": "stat_cla",
    "state_topic": "stat_t",
    "suggested_display_precision": "sug_dsp_prc",
    "support_url": "url",
    "sw_version": "sw",
    "topic": "t",
    "unique_id": "uniq_id",
    "unit_of_measurement": "unit_of_meas",
    "value_template": "val_tpl",
}


def shortened(message: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    """The same with short keys; the names of components stay."""
    if isinstance(message, list):
        return [shortened(item) for item in message]
    if not isinstance(message, dict):
        return message
    return {
        SHORT.get(key, key): {name: shortened(component) for name, component in value.items()}
        if key == "components"
        else shortened(value)
        for key, value in message.items()
    }
