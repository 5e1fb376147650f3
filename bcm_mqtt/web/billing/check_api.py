"""Whether a file is what was issued: a page to choose it, and what came of it.

A customer learns of his own bills alone: a file of another's is answered as one that is unknown.
"""

from base64 import b64decode
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.evidence.checked import Checked, Verdict
from bcm_mqtt.billing.wording import work
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.bodies import LONGEST_BODY
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(prefix="/api/v1/billing", tags=["billing"], responses=CHANGES)
pages = APIRouter()
_ROOM: Final = 2000
"""Bytes of a request that are not the file's."""
LARGEST_FILE: Final = (LONGEST_BODY - _ROOM) // 4 * 3
"""Bytes: a third more in base64 is what the guard lets through."""


BASE64: Final = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _no_truth(value: object) -> object:
    """A number, of which `false` is none."""
    if isinstance(value, bool):
        raise ValueError("expected a number")  # noqa: TRY004 - of pydantic
    return value


class FileToCheck(BaseModel):
    """A file that may be a bill."""

    model_config = ConfigDict(extra="forbid")

    content: str = Field(
        max_length=LARGEST_FILE // 3 * 4, pattern=BASE64, description="Of the file, base64."
    )
    bill: Annotated[int, BeforeValidator(_no_truth)] = Field(
        0, ge=0, le=999_999_999, description="Number of the bill; 0 takes what the file says."
    )


class CheckedFile(BaseModel):
    """A bill in a file, and whether it is what was issued; sentences in the reader's language."""

    verdict: Verdict
    bill: int = Field(description="Its number, 0 where none is known.")
    what: str
    differences: list[str]


@router.post("/check", dependencies=[needs(Right.SEE_BILLS)])
async def check(body: FileToCheck, runs: RunsGiven, who: WhoAsks) -> list[CheckedFile]:
    """Compares a file with the bills that were issued; a customer with his own."""
    billing = runs.billing

    def checked() -> tuple[Checked, ...]:
        content = b64decode(body.content)
        return billing.evidence.check_file(content, billing.reports, str(body.bill or ""), who.sees)

    async with runs.checking:  # it takes a second or more: one at a time, whoever sends many
        found = await run_in_threadpool(checked)
    return [
        CheckedFile(
            verdict=one.verdict,
            bill=one.bill,
            what=work.checked(one.what),
            differences=list(map(work.checked, one.differences)),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class CheckView:
    """The page: the largest file in bytes, and the key that bills are signed with, or ""."""

    site: str
    largest: int
    public_key: str


@pages.get("/bills/check", dependencies=[needs(Right.SEE_BILLS)])
async def check_page(runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """A file to choose, to see whether it is what was issued."""
    key = await run_in_threadpool(runs.billing.evidence.public_key)
    return page("billing/check.html", CheckView(ports.live.name, LARGEST_FILE, key), root="../")
