"""A site's settings as the office of its portfolio has them."""

from dataclasses import replace

from bcm_mqtt.config.sellers.office import Office
from bcm_mqtt.config.settings import Settings


def seen_from(office: Office, settings: Settings) -> Settings:
    """The settings with the office's way to the databases, and its seller at the head of bills."""
    url, home = office.database_url or settings.database_url, office.home_url or settings.home_url
    issuer, numbering = settings.issuer, settings.terms.numbering
    if office.seller:
        seller = office.seller
        numbering = seller.numbering or numbering
        issuer = replace(issuer, letterhead=seller.letterhead or issuer.letterhead)
        issuer = replace(issuer, seller=seller.name, address=seller.address, tax_id=seller.tax_id)
        issuer = replace(issuer, identity=seller.identity)
    site = settings.site
    if office.part:
        site = replace(site, id=office.part, name=office.name)
        issuer = replace(issuer, id=office.part, name=office.name)
    return replace(
        settings,
        site=site,
        terms=replace(settings.terms, joint=office.joint, numbering=numbering),
        database_url=url,
        home_url="" if home == url else home,
        seller=office.seller or settings.seller,
        issuer=issuer,
        office=office,
    )
