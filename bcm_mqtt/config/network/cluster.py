"""`cluster`: what a scheduler of workers is shown, and by which it is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.values import files_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document


@dataclass(frozen=True, slots=True)
class ClusterTlsSettings:
    """PEM files; paths are absolute, or relative as the main file's.

    Attributes:
        ca: Of the authority that has signed the certificates of scheduler and workers.
        certificate: Of whoever hands them work.
        key: Its key.
    """

    ca: Path
    certificate: Path
    key: Path


def cluster_tls(
    document: Document, checked: Mapping[str, Any], folder: Path
) -> tuple[ClusterTlsSettings | None, list[Problem]]:
    """The files of `cluster.tls` in a checked configuration, and what is wrong with them."""
    data = checked["cluster"].get("tls")
    if data is None:
        return None, []
    files, problems = files_of(document, ("cluster", "tls"), data, folder)
    return ClusterTlsSettings(**files), problems


CLUSTER: Final = {
    vol.Optional("tls"): {vol.Required(name): values.text for name in ("ca", "certificate", "key")}
}
