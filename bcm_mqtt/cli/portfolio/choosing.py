"""Which sites a command works on: that of a configuration, or those of a portfolio."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Final, Self, TypeVar

import click

from bcm_mqtt.cli.output import Cell, say
from bcm_mqtt.cli.site import config_option
from bcm_mqtt.config import Settings, load
from bcm_mqtt.config.portfolio import JointBooks, Portfolio, joint_books, load_portfolio
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.bill.statement import JOINT, JointAccount
from bcm_mqtt.errors import BcmError, InputError

_Command = TypeVar("_Command", bound=Callable[..., object])
PORTFOLIO: Final = "bcm_mqtt.portfolio"
"""Where a group leaves its --portfolio for its commands."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that were chosen.

    Attributes:
        portfolio: None where a configuration was named.
        settings: By site id.
        are_several: Whether they are all of a portfolio, even of one site.
        joint: Accounts that get one bill over several of the sites, by their part of the ledger;
            none where one site was chosen.
    """

    portfolio: Portfolio | None
    settings: Mapping[str, Settings]
    are_several: bool = False
    joint: Mapping[str, JointBooks] = field(default_factory=dict)

    @classmethod
    def all_of(cls, portfolio: Portfolio) -> Self:
        """Every site of a portfolio."""
        chosen = {key: one.settings for key, one in portfolio.sites.items()}
        joint = joint_books(portfolio.accounts.values(), portfolio.sites)
        return cls(portfolio, chosen, are_several=True, joint=joint)

    def one(self, what: str) -> Settings:
        """The settings of the only site.

        Args:
            what: Why there has to be one, for the complaint.

        Raises:
            InputError: all sites of a portfolio were chosen.
        """
        if self.are_several:
            raise InputError.of(f"{what}: expected with --site ID")
        return next(iter(self.settings.values()))

    def account(self, name: str) -> JointAccount:
        """An account of the portfolio; raises InputError where it is none."""
        accounts = self.portfolio.accounts if self.portfolio else {}
        if name not in accounts:
            raise InputError.of(unknown("account", name, accounts))
        return accounts[name]

    def listed(
        self, rows: Iterable[Mapping[str, Cell]], columns: Iterable[str]
    ) -> tuple[list[dict[str, Cell]], list[str]]:
        """Rows of sites, and their columns: with that of the site where there are several.

        Args:
            rows: Each with its `site`.
            columns: The others.
        """
        names = [*(("site",) if self.are_several else ()), *columns]
        return [{name: row[name] for name in names} for row in rows], names

    def each(self, work: Callable[[str, Settings], None]) -> int:
        """Does something for each site; the exit status.

        Of several, one that fails is named in a line and the others are done.
        """
        return self._each(self.settings, work)

    def each_books(self, work: Callable[[str, Settings], None]) -> int:
        """As `each`, and then for each account that gets one bill over several sites."""
        accounts = {part: books.settings for part, books in self.joint.items()}
        return self._each({**self.settings, **accounts}, work)

    def _each(self, chosen: Mapping[str, Settings], work: Callable[[str, Settings], None]) -> int:
        failed = list[str]()
        for site, settings in chosen.items():
            with failing_alone(site, failed) if self.are_several else nullcontext():
                work(site, settings)
        return 1 if failed else 0


@contextmanager
def failing_alone(site: str, failed: list[str]) -> Iterator[None]:
    """Of several sites or accounts, one that fails is named with why, and the others are done.

    Args:
        site: Its id, or the account's part of the ledger.
        failed: Takes that.
    """
    try:
        yield
    except InputError as error:
        lines = list(error.lines())
    except BcmError as error:
        lines = [str(error)]
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except Exception as error:  # noqa: BLE001 - what one site's database has stops no other
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        lines = [f"something in its database or files was not expected: {what}"]
    else:
        return
    failed.append(site)
    whose = f"account {site.removeprefix(JOINT)}" if site.startswith(JOINT) else f"site {site}"
    for line in lines:
        say(f"{whose}: {line}", err=True)


@dataclass(frozen=True, slots=True)
class SiteChoice:
    """What the options say, before any file is read."""

    config: Path
    portfolio: Path | None
    site: str

    def load(self) -> Sites:
        """The sites; raises InputError with every problem of every file."""
        if self.portfolio is None:
            if self.site:
                raise InputError.of("--site: expected with --portfolio FILE")
            settings = load(self.config)
            return Sites(None, {settings.site.id: settings})
        portfolio = load_portfolio(self.portfolio)
        if not self.site:
            return Sites.all_of(portfolio)
        if self.site not in portfolio.sites:
            raise InputError.of(f"--site: {unknown('site', self.site, portfolio.sites)}")
        return Sites(portfolio, {self.site: portfolio.sites[self.site].settings})


portfolio_option = click.option(
    "--portfolio",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Work on the sites of this portfolio.yaml, instead of the one of --config.",
)


def sites_options(command: _Command) -> Callable[..., object]:
    """The options --config, --portfolio and --site, of which the command gets a `choice`."""

    @wraps(command)
    def chosen(
        *arguments: object, config: Path, portfolio: Path | None, site: str, **others: object
    ) -> object:
        return command(*arguments, choice=SiteChoice(config, portfolio, site), **others)

    named = click.option("--site", metavar="ID", default="", help="Only this site of --portfolio.")
    return config_option(portfolio_option(named(chosen)))
