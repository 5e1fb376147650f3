"""`commission`: which transformer is on which breaker, clamp readings, and the sign-off sheet."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from bcm_mqtt.cli.meters.commission_walk import Source, follow_steps, follow_walk
from bcm_mqtt.cli.output import Cell, Format, format_option, say
from bcm_mqtt.cli.site import check_panel, config_option, login, now, run_async
from bcm_mqtt.cli.stored import make_store
from bcm_mqtt.cli.tables import print_rows
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.values import parse_duration
from bcm_mqtt.domain.commissioning.certificate import certificate
from bcm_mqtt.domain.commissioning.clamp import Clamp
from bcm_mqtt.domain.commissioning.result import Result, mix_ups, newest, sentence
from bcm_mqtt.domain.commissioning.walk import walk_by_circuit, walk_by_pole
from bcm_mqtt.domain.commissioning.walking import Walking
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.errors import InputError, WorkError

_COLUMNS = ("panel", "place", "verdict", "answered", "amps", "fault", "correction", "ours", "clamp",
            "limit", "within", "at", "who")  # fmt: skip


@click.command(epilog="Example: bcm-mqtt commission rpp-1a --clamp 'Fluke 376, 4711'")
@click.argument("panel", required=False)
@click.option("--by", type=click.Choice(["circuit", "pole"]), default="circuit", show_default=True,
              help="Request each breaker with all its legs, or each pole by itself.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Only print which poles change, until interrupted.")
@click.option("--results", is_flag=True, help="Only print what was found so far.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.pdf",
              help="Only write the sign-off sheet of the panel, or of all.")  # fmt: skip
@click.option("--mqtt", is_flag=True, help="Read what the bridge publishes, not the meters.")
@click.option("--every", default="1s", show_default=True, metavar="DURATION",
              help="Time between two polls of the meters.")  # fmt: skip
@click.option("--clamp", "clamp_name", default="", metavar="TEXT",
              help="The clamp meter, as the sheet prints it: type and serial number.")  # fmt: skip
@click.option("--clamp-percent", default=2.0, show_default=True, type=click.FloatRange(0, 50),
              help="Limit of its error in % of the reading.")  # fmt: skip
@click.option("--clamp-floor", default=0.5, show_default=True, type=click.FloatRange(0, 100),
              help="Added to that, in A: its digits.")  # fmt: skip
@click.option("--who", default="", metavar="NAME", help="Who does it.  [default: the login]")
@config_option
@format_option
def commission(
    panel: str | None,
    by: str,
    watch: bool,
    results: bool,
    sheet: Path | None,
    mqtt: bool,
    every: str,
    clamp_name: str,
    clamp_percent: float,
    clamp_floor: float,
    who: str,
    config: Path,
    form: Format,
) -> None:
    """Walk a panel breaker by breaker: which transformer answers when a load is switched.

    Type a clamp meter's amps after a breaker was found, Enter to leave one out, n where nothing
    answers, main and the amps of each phase for the main, q to end. All is stored, dated.
    """
    settings = load(config)
    if panel is not None:
        check_panel(settings, panel)
    panels = [panel] if panel else sorted(settings.panels)
    if sheet:
        _write_sheet(settings, panels, sheet)
        return
    if results or panel is None:
        _print_results(settings, panels, form)
        return
    source = Source(settings, panel, _every(every), over_mqtt=mqtt)
    if watch:
        run_async(follow_steps(source))
        return
    clamp = Clamp(clamp_name, clamp_percent, clamp_floor)
    directory = settings.directories[panel]
    walk = (walk_by_pole if by == "pole" else walk_by_circuit)(directory, now())
    with closing(make_store(settings)) as store:
        walking = Walking(walk, clamp, who or login())
        run_async(follow_walk(source, walking, store.commissionings.add))
        _print_end(settings, panel, store.commissionings.of_panel(panel))


def _every(text: str) -> timedelta:
    every = parse_duration(text)
    if every is None or not timedelta(milliseconds=100) <= every <= timedelta(minutes=5):
        message = f"--every {text!r}: expected a duration from 100ms to 5min such as 1s"
        raise InputError.of(message)
    return every


def _print_results(settings: Settings, panels: Sequence[str], form: Format) -> None:
    with closing(make_store(settings)) as store:
        held = [
            one for panel in panels for one in newest(store.commissionings.of_panel(panel)).values()
        ]
    print_rows([_row(one) for one in held], _COLUMNS, form)


def _row(result: Result) -> dict[str, Cell]:
    return {
        "panel": result.panel,
        "place": result.place,
        "verdict": result.verdict.value,
        "answered": result.answered,
        "amps": _amps(result.step_ma),
        "fault": result.fault,
        "correction": result.correction,
        "ours": _amps(result.our_ma),
        "clamp": _amps(result.clamp_ma),
        "limit": _amps(result.limit_ma),
        "within": None if result.within is None else "yes" if result.within else "no",
        "at": to_text(result.at),
        "who": result.who,
    }


def _amps(milliamps: int | None) -> float | None:
    return None if milliamps is None else milliamps / 1000


def _print_end(settings: Settings, panel: str, results: Sequence[Result]) -> None:
    """What is wrong, and how it is corrected."""
    held, directory = newest(results), settings.directories[panel]
    said = certificate(directory, results, now(), settings.site.zone)
    say(f"Panel {panel}: {said.verdict}.")
    for text in mix_ups(held.values(), directory.panel):
        say(text)
    for one in held.values():
        if not one.passed:
            say(sentence(one))
        if one.corrections and one.pole:
            options = " ".join(
                f"--{name.replace('_', '-')} {text}" for name, text in one.corrections.items()
            )
            say(f"  bcm-mqtt meters add {panel} --poles {one.pole} {options}")


def _write_sheet(settings: Settings, panels: Sequence[str], file: Path) -> None:
    # Not at the top, because Typst comes with it.
    from bcm_mqtt.billing.reports.sign_off_report import pdf_sign_off  # noqa: PLC0415

    at, zone = now(), settings.site.zone
    with closing(make_store(settings)) as store:
        certificates = [
            certificate(settings.directories[panel], store.commissionings.of_panel(panel), at, zone)
            for panel in panels
        ]
    try:
        file.write_bytes(pdf_sign_off(certificates, settings.issuer, at))
    except OSError as error:
        raise WorkError(f"{file}: cannot be written: {error.strerror}") from None
    say(f"{file}: certificates of {', '.join(panels)}")
