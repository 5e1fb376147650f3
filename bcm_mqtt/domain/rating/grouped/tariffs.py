"""Tariffs by group: each rates a group of a customer's circuits, the first one what is in none."""

from collections.abc import Sequence
from dataclasses import dataclass

from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.tariff.tariff import Tariff


@dataclass(frozen=True, slots=True)
class GroupTariff:
    """The tariff of a group; of REST that of what is in none."""

    name: str
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class TariffsByGroup(Tariff):
    """Tariffs of one currency; whatever else is asked of them is said of the rest.

    Attributes:
        groups: The rest first, then each group once.
    """

    groups: tuple[GroupTariff, ...] = ()

    @classmethod
    def of(cls, groups: Sequence[GroupTariff]) -> "TariffsByGroup":
        """Of groups; its id names each tariff once.

        Raises:
            ValueError: they are of several currencies.
        """
        rest = groups[0].tariff
        if len(currencies := {one.tariff.currency for one in groups}) > 1:
            raise ValueError(f"expected tariffs of one currency: {', '.join(sorted(currencies))}")
        ids = (name for group in groups for name in group.tariff.id.split(", "))
        name = ", ".join(dict.fromkeys(ids))
        last = rest.each[-1]
        said = name, last.currency, last.zone, last.versions, last.holidays
        return cls(*said, tuple(groups))

    @property
    def each(self) -> tuple[Tariff, ...]:
        """Those of all groups."""
        return tuple(one for group in self.groups for one in group.tariff.each)

    @property
    def by_group(self) -> tuple[Tariff, ...]:
        """That of the rest first."""
        return tuple(group.tariff for group in self.groups)

    def of_group(self, name: str) -> Tariff:
        """The tariff of a group; that of the rest for a name that is none."""
        by_name = {one.name: one.tariff for one in self.groups}
        return by_name.get(name, by_name[REST])
