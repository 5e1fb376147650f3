"""Why there is no reply."""

from enum import Enum, auto


class Failure(Enum):
    """What a request came to grief on."""

    SILENCE = auto()
    """No answer, or none that is one to the request."""
    REFUSED = auto()
    """The agent answered that it will not, or cannot."""
    BACKED_OFF = auto()
    """It was not sent, because the agent did not answer before."""


class AgentError(Exception):
    """There is no reply, and why; the text is for people."""

    def __init__(self, failure: Failure, reason: str) -> None:
        """Keeps what happened beside the text."""
        super().__init__(reason)
        self.failure = failure


class MalformedError(Exception):
    """A datagram is none of SNMP, or is cut short."""

    def __init__(self) -> None:
        """Has one text only: what is in it is of no use to anybody."""
        super().__init__("what came is no message of SNMP")
