"""What `check` finds missing for structured invoices, where any are configured."""

from collections.abc import Iterator

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.einvoice.requirements import Side, formats_of, missing
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.errors import Problem


def einvoice_problems(settings: Settings) -> list[Problem]:
    """A problem for each thing that a format of a customer needs and nothing states."""
    terms = settings.terms
    by_circuits = {
        terms.rule.customer_of(version)
        for directory in settings.directories.values()
        for version in directory.versions
    } - {""}
    customers = [terms.customer(key) for key in sorted({*by_circuits, *terms.customers})]
    return sorted({one for customer in customers for one in _of(settings, customer)})


def _of(settings: Settings, customer: Customer) -> Iterator[Problem]:
    seller = f"sellers.{settings.seller.id}" if settings.seller else "site"
    table = settings.tables[0] if settings.terms.customers else settings.file
    formats = formats_of(settings.issuer, customer)
    for profile in formats:
        for one in missing(profile, settings.issuer, customer):
            message = f"expected {one.expected}, for {profile} ({one.rule})"
            if one.of is Side.CUSTOMER:
                yield Problem(str(table), 0, f"customers.{customer.id}.{one.key}", message)
            else:
                key = one.key if one.key.startswith("billing.") else f"{seller}.{one.key}"
                yield Problem(str(settings.file), 0, key, message)
    if formats:
        yield from _without_category(settings, customer)


def _without_category(settings: Settings, customer: Customer) -> Iterator[Problem]:
    """A tariff that states no VAT, of a customer that states none either."""
    terms = settings.terms
    name = customer.tariff or terms.default_tariff
    if not name or customer.exemption or name not in terms.tariffs:
        return
    if any(tax.vat for tax in terms.tariffs[name].versions[-1].taxes):
        return
    message = "expected a tax with a category such as S, as structured invoices are made by it"
    yield Problem(str(settings.file), 0, f"tariffs.{name}.taxes", message)
