"""What Home Assistant 2026.11 does differently, as far as 2025.4 can tell.

The list is that of docs/home-assistant.md, "Newer releases".
"""

import ast
from pathlib import Path

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import frame
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bcm_mqtt import entity as entities
from custom_components.bcm_mqtt.binary_sensor import REVIEW_HOLD, ReviewHold

FOLDER = Path(__file__).parents[2] / "custom_components" / "bcm_mqtt"
SOURCES = [ast.parse(file.read_text(), file.name) for file in FOLDER.glob("*.py")]
REPORTED_NAMES = {
    *(["async_get_device", "async_is_composite_device_id", "deleted_devices"]),
    *(["config_entries_subentries", "primary_config_entry", "async_generate_entity_id"]),
    *(["async_add_job", "async_add_hass_job", "async_run_job", "show_advanced_options"]),
    *(["_set_confirm_only", "async_update_reload_and_abort"]),
}
"""Functions and properties whose use 2026.11 reports, or is to report where there is a listener."""
REPORTED_ARGUMENTS = {
    *(["add_config_entry_id", "add_config_subentry_id"]),
    *(["remove_config_entry_id", "remove_config_subentry_id"]),
    *(["merge_connections", "merge_identifiers", "via_device", "created_at", "modified_at"]),
    *(["default_manufacturer", "default_model", "default_name"]),
}


def test_a_report_of_ours_would_be_noticed(hass: HomeAssistant, reported: list[str]) -> None:
    forgiving = frame.ReportBehavior.IGNORE
    frame.report_usage(
        "does what is no longer done",
        integration_domain="bcm_mqtt",
        core_behavior=forgiving,
        custom_integration_behavior=forgiving,
    )
    assert reported == ["does what is no longer done"]
    reported.clear()


def test_nothing_is_used_that_2026_11_reports() -> None:
    nodes = [node for source in SOURCES for node in ast.walk(source)]
    assert not REPORTED_NAMES & {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not REPORTED_ARGUMENTS & {node.arg for node in nodes if isinstance(node, ast.keyword)}


def test_every_form_says_its_step() -> None:
    forms = [
        call
        for source in SOURCES
        for call in ast.walk(source)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "self.async_show_form"
    ]
    assert len(forms) == 5
    assert all("step_id" in {argument.arg for argument in form.keywords} for form in forms)


def test_pickers_filter_as_all_releases_know_it() -> None:
    for action in load_yaml_dict(str(FOLDER / "services.yaml")).values():
        device = action["fields"].get("device_id", {"selector": {"device": {}}})
        assert device["selector"]["device"].keys() <= {"multiple", "filter"}


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_customer_is_reached_through_the_site_which_later_releases_name_by_its_id(
    hass: HomeAssistant, started: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, *, by_id: bool
) -> None:
    [site] = [
        device.id
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), started.entry_id)
        if ("bcm_mqtt", "dc1_dc1") in device.identifiers
    ]
    monkeypatch.setattr(entities, "_NAMED_BY_ID", by_id)
    hold = ReviewHold(started.runtime_data, "bcm/customer/Customer1/month_to_date", REVIEW_HOLD)
    info = hold.device_info or {}
    assert info.get("via_device_id") == (site if by_id else None)
    assert info.get("via_device") == (None if by_id else ("bcm_mqtt", "dc1_dc1"))


def test_this_release_says_which_of_both_it_knows() -> None:
    known = dr.DeviceInfo.__optional_keys__ & {"via_device", "via_device_id"}
    assert known == {"via_device_id" if entities._NAMED_BY_ID else "via_device"}
