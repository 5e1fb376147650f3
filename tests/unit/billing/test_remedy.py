"""What may be done about a finding."""

import pytest

from bcm_mqtt.billing.remedy import Remedy, remedies
from bcm_mqtt.domain.vee.flag import Flag


@pytest.mark.parametrize("flag", Flag)
def test_each_finding_can_be_accepted_last(flag: Flag) -> None:
    fitting = remedies(flag)
    assert fitting[-1] is Remedy.ACCEPT
    assert len(set(fitting)) == len(fitting)


def test_a_reversed_transformer_is_turned_and_a_spike_discarded() -> None:
    assert remedies(Flag.REVERSED) == (Remedy.SIGN, Remedy.ACCEPT)
    assert remedies(Flag.SPIKE) == (Remedy.DISCARD, Remedy.ACCEPT)
