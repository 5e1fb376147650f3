"""Sends commands to the websocket API of Home Assistant, where alone the registries can be read.

Run by the Python of `.venv-ha`, which has a websocket client. Reads
`{"port", "token", "commands": [{"type": ...}, ...]}` from standard input and prints the list of
their results; a command that is refused ends it with the reason and status 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp  # type: ignore[import-not-found, unused-ignore]  # in .venv-ha alone


async def ask(port: int, token: str, commands: list[dict[str, Any]]) -> list[Any]:
    """The results of the commands, in their order."""
    results = []
    # The list of all entities of a site is larger than the default limit of a message.
    url = f"ws://127.0.0.1:{port}/api/websocket"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0) as websocket,
    ):
        await websocket.receive_json()
        await websocket.send_json({"type": "auth", "access_token": token})
        answer = await websocket.receive_json()
        if answer["type"] != "auth_ok":
            sys.exit(f"not let in: {answer}")
        for number, command in enumerate(commands, start=1):
            await websocket.send_json({"id": number, **command})
            while answer.get("id") != number or answer["type"] != "result":
                answer = await websocket.receive_json()
            if not answer["success"]:
                sys.exit(f"{command['type']}: {answer['error']}")
            results.append(answer["result"])
    return results


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump(asyncio.run(ask(**request)), sys.stdout)
