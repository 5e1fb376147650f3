"""Control characters in circuits.csv and meters.csv: refused in every column, with its line."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.site.circuit_field import BY_NAME as CIRCUIT_FIELDS
from bcm_mqtt.domain.site.instrument_field import BY_NAME as METER_FIELDS
from bcm_mqtt.errors import InputError
from unit.site_files import write_site

CIRCUIT_COLUMNS = ("panel", *CIRCUIT_FIELDS, "valid_from")
METER_COLUMNS = ("panel", "unit_id", "poles", "valid_from", *METER_FIELDS)
GOOD = {"panel": "rpp-1a", "poles": "1", "description": "Customer1-A-1"}
CONTROLS = ("\x1b[2J", "\u202e", "\x9b", "a\r\nb", "\u2028")


def written(columns: Sequence[str], row: Mapping[str, str]) -> str:
    out = io.StringIO()
    table = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerow(row)
    return out.getvalue()


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
@pytest.mark.parametrize(
    ("file", "column"),
    [
        *(("circuits.csv", column) for column in CIRCUIT_COLUMNS),
        *(("meters.csv", column) for column in METER_COLUMNS),
    ],
)
def test_a_cell_with_a_control_character_is_refused(
    tmp_path: Path, file: str, column: str, control: str
) -> None:
    main = write_site(tmp_path)
    columns = CIRCUIT_COLUMNS if file == "circuits.csv" else METER_COLUMNS
    by_unit = {"poles": ""} if column == "unit_id" else {}
    text = written(columns, {**GOOD, **by_unit, column: f"x{control}y"})
    (tmp_path / file).write_text(text, encoding="utf-8", newline="")
    with pytest.raises(InputError) as caught:
        load(main)
    (problem,) = (one for one in caught.value.problems if one.key.endswith(column))
    assert problem.line in {2, 3}
    assert not has_controls(problem.message)
