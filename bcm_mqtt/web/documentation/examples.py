"""An example of what a schema of the API's description allows."""

import re
from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_TIME: Final = "2026-11-20T12:00:00Z"
_BY_NAME: Final = {
    "amount": "84.20",
    "at": _TIME,
    "by": "J. Doe",
    "currency": "USD",
    "customer": "Customer1",
    "day": "2026-11-20",
    "description": "Customer1-A-1",
    "from": "2026-11-20",
    "kwh": "710.5",
    "month": "2026-10",
    "name": "j.doe",
    "pole": "1",
    "panel": "rpp-1a",
    "reason": "as agreed with the customer",
    "since": _TIME,
    "time": _TIME,
    "to": "2026-11-21",
    "until": "2026-11-21T12:00:00Z",
    "valid_from": _TIME,
}
"""What texts of these names are like."""


def example_of(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:  # noqa: ANN401 - any JSON
    """A value that has every property of a schema; a stated example or default goes first.

    Args:
        schema: As OpenAPI 3.1 has it.
        schemas: The named ones, by name.
        name: Of the property whose schema it is.
    """
    return _example(schema, schemas, name, ())


def _example(
    schema: Schema, schemas: Mapping[str, Schema], name: str, within: tuple[str, ...]
) -> Any:  # noqa: ANN401 - any JSON
    if reference := schema.get("$ref"):
        named = str(reference).removeprefix(_REFERENCE)
        if named in within:
            return None
        return _example(schemas[named], schemas, name, (*within, named))
    const = [schema["const"]] if "const" in schema else []
    if stated := [*schema.get("examples", []), *const, *schema.get("enum", [])]:
        return stated[0]
    known = next((schema[key] for key in ("anyOf", "oneOf", "allOf") if key in schema), None)
    if known is not None:
        said = next(one for one in known if one.get("type") != "null")
        return _example(said, schemas, name, within)
    return _by_type(schema, schemas, name, within)


def _by_type(
    schema: Schema, schemas: Mapping[str, Schema], name: str, within: tuple[str, ...]
) -> Any:  # noqa: ANN401 - any JSON
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, within)
        case "array":
            items = schema.get("prefixItems") or [schema.get("items", {})]
            return [_example(one, schemas, name, within) for one in items]
        case kind:
            return _plain(schema, name, kind)


def _object(
    schema: Schema, schemas: Mapping[str, Schema], within: tuple[str, ...]
) -> dict[str, Any]:
    properties = schema.get("properties", {})
    if not properties and isinstance(more := schema.get("additionalProperties"), dict):
        key = example_of(schema.get("propertyNames", {}), schemas) or "name"
        return {key: _example(more, schemas, "", within)}
    return {key: _example(one, schemas, key, within) for key, one in properties.items()}


def _plain(schema: Schema, name: str, kind: str | None) -> Any:  # noqa: ANN401 - any JSON
    if kind == "string":
        return _text(schema, name)
    limits = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    number = min([12.3, *(limit / 2 for limit in limits)])
    usual = {"integer": schema.get("minimum", 1), "number": number, "boolean": True}
    return schema.get("default", usual.get(kind or ""))


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") == "date-time":
        return _TIME
    if schema.get("format") == "date":
        return _TIME[:10]
    pattern = schema.get("pattern", "")
    likely = (_BY_NAME.get(name), schema.get("default"), "text", "1.5")
    return next(str(one) for one in likely if one and re.search(pattern, str(one)))
