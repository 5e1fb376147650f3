"""What a scan asks: every profile four ways, where that makes sense."""

from bcm_mqtt.modbus.scan import _first_request, _variants
from bcm_mqtt.profiles import Addressing, shipped_profiles


def test_a_profile_is_tried_with_both_codes_and_both_addressings_its_own_first() -> None:
    found = [
        (item.function_code, item.addressing) for item in _variants(shipped_profiles()["bg08"])
    ]
    assert found == [
        (3, Addressing.WIRE),
        (4, Addressing.WIRE),
        (3, Addressing.ONE_BASED),
        (4, Addressing.ONE_BASED),
    ]


def test_no_address_is_below_0() -> None:
    for profile in shipped_profiles().values():
        assert all(_first_request(item, 1).address >= 0 for item in _variants(profile))
    assert len(_variants(shipped_profiles()["sdm630"])) == 2
