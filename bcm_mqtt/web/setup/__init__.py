"""The set-up page: an application of its own, served where nothing is configured yet.

Owns: who is let in by the one-time token, the shape of its requests and answers, its page.
Does not own: scans, what is written (`bcm_mqtt.setup`), how a schedule is read (`exchange`).
Invariants: but for the empty page, nothing is answered without the session of the one who
brought the token; that session is in a header that no other page can send, not in a cookie;
it ends with the first configuration, whoever made it.
"""

from bcm_mqtt.web.setup.app import create_setup_app
from bcm_mqtt.web.setup.ports import SetupPorts

__all__ = ["SetupPorts", "create_setup_app"]
