"""profile.schema.json, which editors use, says what the loader says.

The validator below knows the few words of JSON Schema that the file uses, and refuses others.
"""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import bcm_mqtt.profiles
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError
from bcm_mqtt.located import read_yaml
from bcm_mqtt.profiles import ValueType, WordOrder, load_profile
from bcm_mqtt.profiles.schema import PROFILE

FOLDER = Path(str(files(bcm_mqtt.profiles)))
SCHEMA = json.loads((FOLDER / "profile.schema.json").read_text())
SHIPPED = sorted(FOLDER.glob("*.yaml"))
TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int}
NOTES = {"$schema", "$defs", "title", "description", "default"}


def valid(value: Any, schema: dict[str, Any]) -> bool:  # noqa: ANN401 - of a YAML file
    return all(_holds(word, said, value, schema) for word, said in schema.items())


def _holds(  # noqa: C901, PLR0911, PLR0912 - one line for each word
    word: str,
    said: Any,  # noqa: ANN401
    value: Any,  # noqa: ANN401
    schema: dict[str, Any],
) -> bool:
    if word in NOTES:
        return True
    match word:
        case "$ref":
            return valid(value, SCHEMA["$defs"][said.removeprefix("#/$defs/")])
        case "type":
            kinds = int | float if said == "number" else TYPES[said]
            return isinstance(value, kinds) and not isinstance(value, bool)
        case "enum":
            return bool(value in said)
        case "anyOf":
            return any(valid(value, option) for option in said)
        case "oneOf":
            return sum(valid(value, option) for option in said) == 1
        case "not":
            return not valid(value, said)
        case "pattern":
            return re.search(said, value) is not None
        case "minLength" | "minItems":
            return bool(len(value) >= said)
        case "maxItems":
            return bool(len(value) <= said)
        case "minimum":
            return bool(value >= said)
        case "maximum":
            return bool(value <= said)
        case "exclusiveMinimum":
            return bool(value > said)
        case "required":
            return all(key in value for key in said)
        case "properties":
            return all(valid(item, said[key]) for key, item in value.items() if key in said)
        case "propertyNames":
            return all(valid(str(key), said) for key in value)
        case "items":
            return all(valid(item, said) for item in value)
        case "additionalProperties":
            others = [
                item for key, item in value.items() if key not in schema.get("properties", {})
            ]
            return not others if said is False else all(valid(item, said) for item in others)
    raise AssertionError(f"the schema uses {word}, which this test does not know")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_profile_follows_the_schema(file: Path) -> None:
    assert valid(read_yaml(file).data, SCHEMA)


def test_the_schema_has_the_keys_of_the_loader() -> None:
    keys = {str(key) for key in PROFILE.schema}
    assert SCHEMA["properties"].keys() == keys
    assert {str(key) for key in PROFILE.schema if type(key).__name__ == "Required"} == set(
        SCHEMA["required"]
    )
    definitions = SCHEMA["$defs"]
    assert definitions["type"]["enum"] == list(ValueType)
    assert definitions["word_order"]["enum"] == list(WordOrder)
    assert definitions["quantity"]["properties"].keys() == {
        str(key) for key in PROFILE.schema[Quantity.CURRENT.value]
    }
    assert SCHEMA["properties"]["identification"]["properties"].keys() == {
        str(key) for key in PROFILE.schema["identification"]
    }
    (channels,) = (value for key, value in PROFILE.schema.items() if key == "channels")
    assert definitions["channel"]["properties"].keys() == {
        str(key) for key in channels.validators[0].item
    }


SDM630 = (FOLDER / "sdm630.yaml").read_text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("id: sdm630", "id: SDM 630"),
        ("title:", "titel:"),
        ("function_code: 4", "function_code: 6"),
        ("addressing: wire", "addressing: zero"),
        ("addressing: wire", "addressing: wire\nmax_gap: 126"),
        ("addressing: wire", "addressing: wire\nmin_delay: 5s"),
        ("addressing: wire", "addressing: wire\npoles: 3"),
        ("{type: float32, scale: 1, first_register: 0x0006}", "{type: float32}"),
        ("{type: float32, scale: 1, first_register: 0x0006}", "{type: float, scale: 1}"),
        ("first_register: 0x0006", "first_register: 65536"),
        ("first_register: 0x0006", "first_register: 6, word_order: little"),
        ("first_register: 0x0006", "first_register: 6, invalid: [-1]"),
        ("first_register: 0x0006", "first_register: 6, scale_register: {}"),
        ("scale: 1, first_register: 0x0006", "scale: 0, first_register: 6"),
        ("{pole: 1, channel: 1}", "{pole: 85, channel: 1}"),
        ("{pole: 1, channel: 1}", "{pole: 1}"),
        ("channels:", "identification: {register: 1}\nchannels:"),
        ("channels:", "identification: {register: 1, values: []}\nchannels:"),
        ("channels:", "identification: {register: 1, values: [1], pattern: x}\nchannels:"),
        ("channels:", "identification: {register: 1, length: 126, pattern: x}\nchannels:"),
    ],
)
def test_loader_and_schema_refuse_the_same(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "sdm630.yaml"
    assert old in SDM630
    file.write_text(SDM630.replace(old, new, 1))
    assert not valid(read_yaml(file).data, SCHEMA)
    with pytest.raises(InputError):
        load_profile(file)
