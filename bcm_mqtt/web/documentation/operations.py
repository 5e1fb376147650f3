"""The requests of the API, in groups, as its page shows them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from bcm_mqtt.web.documentation.examples import Schema, example_of

_METHODS: Final = ("get", "post")
_JSON: Final = "application/json"
_OF_ANY: Final = {"401", "403", "421", "422", "503"}
"""What each request may be answered, which the page says once."""
_TITLES: Final = {
    "sites": "Sites",
    "panels": "Panels and live values",
    "alarms": "Alarms",
    "circuits": "Circuits",
    "formulas": "Formula circuits",
    "meters": "Meters",
    "commissioning": "Commissioning",
    "wall": "On a wall",
    "history": "History",
    "events": "Events",
    "session": "Session",
    "access": "Users, tokens and the audit log",
    "billing": "Billing",
    "configuration": "Configuration",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a request.

    Attributes:
        name: Its name.
        where: `path` or `query`.
        required: Whether it must be given.
        type: Its type, with its limits.
        text: What it is.
    """

    name: str
    where: str
    required: bool
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that the API takes.

    Attributes:
        id: Names it on the page.
        method: GET or POST.
        path: With its parameters in braces.
        text: What it does.
        parameters: In the path and behind it.
        body: An example of what is sent, as JSON; "" where nothing is.
        command: The same request by curl.
        status: Of the answer where it worked.
        media: What the answer is.
        answer: An example of it, as JSON; "" where it is not JSON.
        refusals: Statuses that other requests do not have, too.
    """

    id: str
    method: str
    path: str
    text: str
    parameters: tuple[Parameter, ...]
    body: str
    command: str
    status: str
    media: str
    answer: str
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of one subject."""

    id: str
    title: str
    operations: tuple[Operation, ...]


def groups_of(description: Mapping[str, Any]) -> tuple[Group, ...]:
    """The requests of a description, by subject in its order.

    Args:
        description: As OpenAPI 3.1.
    """
    schemas = description.get("components", {}).get("schemas", {})
    found: dict[str, list[Operation]] = {}
    for path, methods in description["paths"].items():
        for method in _METHODS:
            if said := methods.get(method):
                group = found.setdefault(said["tags"][0], [])
                group.append(_operation(method.upper(), path, said, schemas))
    return tuple(
        Group(tag, _TITLES.get(tag, tag.capitalize()), tuple(operations))
        for tag, operations in found.items()
    )


def _operation(
    method: str, path: str, said: Mapping[str, Any], schemas: Mapping[str, Schema]
) -> Operation:
    body = said.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    sent = None if body is None else example_of(body, schemas)
    status, answer = next(
        (code, one) for code, one in said["responses"].items() if code.startswith("2")
    )
    content = answer.get("content", {})
    media = next((kind for kind in content if kind != _JSON), _JSON if content else "")
    schema = content.get(media, {}).get("schema") if media == _JSON else None
    return Operation(
        id=said["operationId"],
        method=method,
        path=path,
        text=" ".join(said.get("description", "").split()),
        parameters=tuple(_parameters(said, schemas)),
        body="" if body is None else _shown(sent),
        command=_command(method, path, said, schemas, sent),
        status=status,
        media=media,
        answer=_shown(example_of(schema, schemas)) if schema else "",
        refusals=tuple(
            f"{code} {one['description']}"
            for code, one in said["responses"].items()
            if code[0] in "45" and code not in _OF_ANY
        ),
    )


def _parameters(said: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Iterator[Parameter]:
    for one in said.get("parameters", []):
        schema = one.get("schema", {})
        text = one.get("description") or schema.get("description", "")
        if default := schema.get("default"):
            text = f"{text} Default: {default}.".strip()
        yield Parameter(one["name"], one["in"], one["required"], _type(schema, schemas), text)


def _type(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    if reference := schema.get("$ref"):
        schema = schemas[str(reference).rpartition("/")[2]]
    if known := schema.get("enum"):
        return ", ".join(map(str, known))
    if known := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(_type(one, schemas) for one in known))
    kind = {"null": "nothing", "string": "text"}.get(schema.get("type", ""), schema.get("type", ""))
    if "minimum" in schema and "maximum" in schema:
        return f"{kind}, {schema['minimum']} to {schema['maximum']}"
    return str(kind)


def _command(
    method: str,
    path: str,
    said: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    sent: Any,  # noqa: ANN401 - any JSON
) -> str:
    """The request as a person types it; without accounts the token is left out."""
    query = {}
    for one in said.get("parameters", []):
        value = example_of(one.get("schema", {}), schemas, one["name"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(value))
        elif one["required"]:
            query[one["name"]] = value
    address = f"http://127.0.0.1:8480{path}" + (f"?{urlencode(query)}" if query else "")
    parts = ["curl", "-H 'Authorization: Bearer TOKEN'"]
    if method == "POST":
        parts.append(f"-H 'Content-Type: {_JSON}'")
        parts.append(f"-d '{json.dumps(sent)}'")
    return " ".join([*parts, f"'{address}'" if query else address])


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, indent=2, ensure_ascii=False)
