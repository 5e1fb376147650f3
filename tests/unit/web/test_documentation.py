"""The page of the API: every request of the description, with examples that it allows."""

import json
import re
from typing import Any

from jsonschema_rs import validator_for

from bcm_mqtt.web.documentation.examples import example_of
from bcm_mqtt.web.documentation.operations import groups_of
from unit.web.conftest import Page

DESCRIPTION = "/api/v1/openapi.json"


async def described(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = (await page.get(DESCRIPTION)).json()
    return found


async def test_every_request_stands_on_the_page_with_its_command(page: Page) -> None:
    description = await described(page)
    text = (await page.get("/docs")).text
    for path, methods in description["paths"].items():
        for method, said in methods.items():
            assert f'id="{said["operationId"]}"' in text, (method, path)
    assert text.count("<summary>") == sum(map(len, description["paths"].values()))
    assert text.count("curl -H") == text.count("<summary>")
    assert len(re.findall(r'<h2 id="(\w+)"', text)) == text.count('<li><a href="#')


async def test_both_addresses_show_the_same_with_links_of_their_own(page: Page) -> None:
    ours, usual = (await page.get("/api/docs")).text, (await page.get("/docs")).text
    assert 'href="../api/v1/openapi.json"' in ours
    assert 'href="api/v1/openapi.json"' in usual
    assert ours.replace("../", "") == usual.replace("../", "")


async def test_examples_are_what_the_description_allows(page: Page) -> None:
    description = await described(page)
    components = {"components": description["components"]}
    for group in groups_of(description):
        for operation in group.operations:
            said = description["paths"][operation.path][operation.method.lower()]
            parts = [("body", said.get("requestBody", {}), operation.body)]
            parts.append(("answer", said["responses"][operation.status], operation.answer))
            for part, where, text in parts:
                schema = where.get("content", {}).get("application/json", {}).get("schema")
                if text and schema:
                    check = validator_for({**schema, **components})
                    problems = [str(one.message) for one in check.iter_errors(json.loads(text))]
                    assert not problems, (operation.path, part, problems)


def test_an_example_has_a_stated_value_first_and_ends_where_schemas_go_round() -> None:
    schemas: dict[str, Any] = {
        "Node": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "examples": ["rack"]},
                "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
                "kind": {"enum": ["a", "b"]},
                "poles": {"type": "array", "items": {"type": "integer", "minimum": 3}},
            },
        }
    }
    found = example_of({"$ref": "#/components/schemas/Node"}, schemas)
    assert found == {"name": "rack", "next": None, "kind": "a", "poles": [3]}
