"""A line of a test, of which each read is by itself."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from bcm_mqtt.modbus import ReadError, ReadRequest


class OneByOne(ABC):
    """Reads all by `read`."""

    @abstractmethod
    async def read(self, request: ReadRequest) -> list[int]:
        """The registers of a request, or ReadError."""

    async def read_all(
        self, requests: Sequence[ReadRequest], delay_s: float = 0.0
    ) -> list[list[int] | ReadError]:
        outcomes: list[list[int] | ReadError] = []
        for request in requests:
            if delay_s:
                await asyncio.sleep(delay_s)
            try:
                outcomes.append(await self.read(request))
            except ReadError as error:
                outcomes.append(error)
        return outcomes
