"""From when until when a panel is one of the site, as bcm.yaml says it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bcm_mqtt.bridge.sources import panel_pollings
from unit.builders import SECOND
from unit.config.site_files import changed, complaints, loaded

GONE = datetime(2026, 3, 10, 13, 15, tzinfo=UTC)


def with_times(text: str) -> dict[str, str | bytes]:
    return changed("bcm.yaml", ("    first_unit_id: 9\n", f"    first_unit_id: 9\n{text}"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"2026-03-10T09:15"', GONE),
        ("2026-03-10T09:15", GONE),
        ('"2026-03-10T14:15+01:00"', GONE),
        ("2026-03-10", datetime(2026, 3, 10, 4, tzinfo=UTC)),
    ],
)
def test_a_panel_goes_at_a_local_time(tmp_path: Path, written: str, expected: datetime) -> None:
    settings = loaded(tmp_path, with_times(f"    valid_to: {written}\n"))
    assert settings.panels["rpp-1b"].panel.valid_to == expected
    assert settings.panels["rpp-1b"].panel.valid_from is None
    assert settings.directories["rpp-1b"].panel.valid_to == expected
    assert settings.panels["rpp-1a"].panel.valid_to is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '    valid_to: "2026-03-10T09:10"\n',
            "valid_to: expected a quarter hour such as 2026-03-10T09:15, not '2026-03-10T09:10'",
        ),
        (
            "    valid_from: soon\n",
            (
                "valid_from: expected a date or time such as 2026-01-01 or 2026-01-01T12:00Z, "
                "not 'soon'"
            ),
        ),
        (
            "    valid_to: 2026-03-10T09:15:00\n",
            (
                'valid_to: expected a time in quotes such as "2026-03-10T09:00", not '
                "2026-03-10T09:15:00"
            ),
        ),
        (
            '    valid_from: "2026-03-08T02:30"\n',
            "2026-03-08 02:30:00 does not exist in America/New_York",
        ),
        (
            "    valid_from: 2026-03-10\n    valid_to: 2026-03-10\n",
            "valid_to: expected a time after valid_from",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = complaints(tmp_path, with_times(text))
    assert problem.startswith("bcm.yaml:1")
    assert expected in problem


def test_a_panel_that_has_gone_is_polled_no_longer(tmp_path: Path) -> None:
    settings = loaded(tmp_path, with_times('    valid_to: "2026-03-10T09:15"\n'))

    def polled(now: datetime | None) -> list[str]:
        return [one.plan.panel for one in panel_pollings(settings, "babel-1", now)]

    assert polled(GONE - SECOND) == ["rpp-1a", "rpp-1b"]
    assert polled(GONE) == ["rpp-1a"]
    assert polled(None) == ["rpp-1a", "rpp-1b"]
