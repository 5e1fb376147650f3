"""`recorder`: stores what is published until a signal ends it."""

import signal
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from re import fullmatch
from threading import Event, Thread

import click

from bcm_mqtt.cli.output import say
from bcm_mqtt.cli.services.ending import ending_soon
from bcm_mqtt.cli.services.log import LogFormat, log_notes, log_options, log_to_stderr
from bcm_mqtt.cli.services.notify import Notifier, reporting_health
from bcm_mqtt.cli.services.several import ALONE, OneOfSeveral, check_name, one_of_several
from bcm_mqtt.cli.services.supervised import supervised
from bcm_mqtt.cli.site import config_option, now
from bcm_mqtt.cli.site import monotonic as never_set
from bcm_mqtt.cli.stored import database_of, site_store
from bcm_mqtt.config import PublishingSettings, Settings, load
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.standing import forget_recorder, recorder_client
from bcm_mqtt.recorder import Moving, Pruning, Recorder
from bcm_mqtt.store import DatabaseAwayError, QuarantineLimit, RecordingStore

accept_clock_option = click.option(
    "--accept-clock",
    is_flag=True,
    help="This host's clock is right, also where all snapshots say another time.",
)


@click.group(invoke_without_command=True, epilog="Example: bcm-mqtt recorder")
@config_option
@log_options
@click.option(
    "--share",
    metavar="NAME",
    help="One of several that share the work; NAME is its own, and the same after a restart.",
)
@click.option(
    "--part",
    metavar="K/N",
    help="One of N that take a part of the panels each, for brokers that cannot share.",
)
@click.option(
    "--second", is_flag=True, help="The second process of a part, of which each may have two."
)
@click.option(
    "--name",
    metavar="NAME",
    help="Of a second database of the site, which must have all snapshots, too.",
)
@accept_clock_option
@click.pass_context
def recorder(
    context: click.Context,
    config: Path,
    verbose: bool,
    log_format: LogFormat,
    share: str | None,
    part: str | None,
    second: bool,
    name: str | None,
    accept_clock: bool,
) -> None:
    """Subscribe to snapshots and directories and store them.

    Starts and supervises `billing`, but not with --share, --part or --name.
    """
    if context.invoked_subcommand:
        return
    log_to_stderr(verbose=verbose, log_format=log_format)
    settings = load(config)
    log_notes(settings)
    if name is not None:
        check_name("--name", name)
    own = one_of_several(settings, share, part, second=second)
    if name is not None or own.name:
        settings = replace(settings, publishing=PublishingSettings(enabled=False))
    with (
        ending_soon() as stopping,
        recorder_of(settings, name or "", own, accept_clock=accept_clock) as service,
    ):
        notifier = Notifier()
        started = Event()

        def stop() -> None:
            notifier.stopping()
            stopping.set()
            service.stop()

        def hear(*_: object) -> None:
            # Not here: this interrupts the recorder, which may hold what `stop` waits for.
            Thread(target=stop, name="stop").start()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, hear)
        started.set()
        with (
            supervised("billing", settings, verbose=verbose, log_format=log_format),
            reporting_health(notifier, started, lambda: (service.problems(), service.summary())),
        ):
            service.run()


@recorder.command(epilog="Example: bcm-mqtt recorder forget dc1-b")
@click.argument("name")
@config_option
def forget(name: str, config: Path) -> None:
    """Have bridges keep nothing any more for a recorder that is gone for good.

    NAME is its name in the bridge's info. A recorder of that name that starts again is known again.
    """
    settings = load(config)
    if not fullmatch(r"[a-z0-9_-]+", name):
        raise InputError.of(f"{name!r}: expected a recorder's name such as {settings.site.id}")
    if not forget_recorder(settings.mqtt.broker, settings.mqtt.topics, name):
        message = f"the broker {settings.mqtt.broker} did not take it"
        raise WorkError(f"{message}: the bridges still wait for the recorder")
    say(f"Recorder {name} is forgotten: the bridges keep nothing for it any more.")


@contextmanager
def recorder_of(
    settings: Settings,
    name: str = "",
    several: OneOfSeveral = ALONE,
    *,
    accept_clock: bool = False,
    same_clock: bool = False,
    in_thread: bool = False,
) -> Iterator[Recorder]:
    """The recorder of a site, with what removes old snapshots beside it.

    Args:
        settings: Of the site.
        name: Of a second database, or "".
        several: Which it is of several that share the work.
        accept_clock: Whether this host's clock is believed where nobody agrees with it.
        same_clock: Whether the bridge goes by this very clock for certain.
        in_thread: Whether it runs in a thread, which makes the tables itself.

    Raises:
        WorkError: another recorder has the database, or it is of another version.
    """
    of_database = f"{settings.site.id}-{name}" if name else settings.site.id
    own = f"{of_database}-{several.name}" if several.name else of_database
    with closing(RecordingStore(database_of(settings))) as store:
        with suppress(DatabaseAwayError):  # the recorder waits for it, and checks it then
            store.database.claim()
            if not in_thread:
                store.database.ensure_schema(recording=True)
        service = Recorder(
            store,
            settings.mqtt.broker,
            settings.mqtt.topics,
            recorder_client(own),
            now,
            settings.site.zone,
            group=recorder_client(of_database) if several.shares else "",
            quarantine_limit=QuarantineLimit(
                settings.quarantine.messages, settings.quarantine.size
            ),
            name=own,
            database_name=name,
            part=several.part,
            accept_clock=accept_clock,
            shared_monotonic=never_set if same_clock else None,
        )
        with _upkeep(settings):
            yield service


@contextmanager
def _upkeep(settings: Settings) -> Iterator[None]:
    """Moves and removes what is old while the context stands, where the site says when."""
    with ExitStack() as stack:
        if settings.archive:
            moved = stack.enter_context(closing(site_store(settings)))
            moving = Moving(moved.archiving, settings.archive.after, now)
            stack.enter_context(moving.running())
        if settings.retention.raw is not None:
            # Not at the top: all that bills are made of comes with it.
            from bcm_mqtt.cli.billed import issued_months, staying_of  # noqa: PLC0415

            store = stack.enter_context(closing(site_store(settings)))

            def issued() -> Collection[Month]:
                store.database.check_schema()  # a later version's says by its own rules what was
                return issued_months(store, settings)

            pruning = Pruning(
                *(store.upkeep, settings.retention, issued, now, settings.site.zone),
                staying=staying_of(store, settings),
            )
            stack.enter_context(pruning.running())
        yield
