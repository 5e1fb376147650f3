"""The note with the link by which a forgotten password is replaced."""

from datetime import timedelta

from bcm_mqtt.billing.tenant.post import Note
from bcm_mqtt.domain.site.account import Account
from bcm_mqtt.languages import _, number, speaking


def reset_note(account: Account, site: str, link: str, good_for: timedelta, language: str) -> Note:
    """The note to an account's address.

    Args:
        account: Whose password was forgotten.
        site: Its name.
        link: To the page where it is replaced.
        good_for: How long the link is good.
        language: Of a user that has chosen none.
    """
    with speaking(account.language or language):
        text = _(
            "Hello %(name)s,\n\nsomebody, probably you, has forgotten the password of this user."
            " With this link you choose another one, once and within %(minutes)s minutes:\n\n"
            "%(link)s\n\nIf it was not you, there is nothing to do: the password stays as it is."
            "\n\n%(site)s",
            name=account.name,
            minutes=number(good_for // timedelta(minutes=1)),
            link=link,
            site=site,
        )
        return Note((account.email,), _("%(site)s: your password", site=site), text)
