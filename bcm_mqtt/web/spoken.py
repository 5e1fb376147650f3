"""In which language a request is answered: the account's, else what its browser asks for."""

from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Path, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bcm_mqtt.access.audit import who
from bcm_mqtt.languages import LANGUAGES, browser_texts, negotiated, speaking
from bcm_mqtt.web.access.roles import ANYBODY

router = APIRouter()


class Spoken:
    """Answers each request in its language, also where a stream's pieces are made later."""

    def __init__(self, app: ASGIApp) -> None:
        """Takes the application; the gate before it says whose request it is."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        someone = who()
        chosen = someone.language if someone else ""
        asked = negotiated(Headers(scope=scope).get("accept-language", ""))
        with speaking(chosen or asked):
            await self._app(scope, receive, send)


@router.get("/static/texts/{language}.json", dependencies=[ANYBODY])
async def texts(language: Annotated[str, Path(max_length=20)], request: Request) -> Response:
    """The sentences of the page's JavaScript; a browser that has them is answered so."""
    if language not in LANGUAGES:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"expected one of {', '.join(LANGUAGES)}")
    body = orjson.dumps(dict(browser_texts(language)))
    headers = {"etag": f'"{sha256(body).hexdigest()[:32]}"', "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
