"""A body that is too large for memory, in a file that has no name and ends with its handle."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.http_errors import BodyTimeout, UnreadableRequest

PIECE_BYTES = 2**20


async def spool(body: AsyncIterator[bytes], file: BinaryIO, patience: float) -> str:
    """Write the body to the file as it comes; the sha256 of it. TooSlow after `patience` seconds."""
    digest, piece = hashlib.sha256(), bytearray()

    def write() -> None:
        digest.update(piece)
        file.write(piece)
        piece.clear()

    try:
        async with asyncio.timeout(patience):
            async for data in body:
                piece += data
                if len(piece) >= PIECE_BYTES:
                    await run_in_threadpool(write)
            await run_in_threadpool(write)
    except TimeoutError:
        raise BodyTimeout(patience) from None
    except ClientDisconnect:
        raise UnreadableRequest from None  # nobody reads this
    return digest.hexdigest()
