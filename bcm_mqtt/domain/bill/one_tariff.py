"""What a site would bill by if all of its customers had one tariff."""

from dataclasses import replace

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer


def under(terms: BillingTerms, tariff: str) -> BillingTerms:
    """The terms with every customer under one tariff, by its id."""

    def of(customer: Customer) -> Customer:
        return replace(customer, tariff=tariff, groups=())

    customers = {key: of(one) for key, one in terms.customers.items()}
    dated = {
        key: tuple(replace(one, customer=of(one.customer)) for one in versions)
        for key, versions in terms.dated.items()
    }
    return replace(terms, customers=customers, dated=dated, default_tariff=tariff)
