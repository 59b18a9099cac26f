"""HTTP/1.1 over plain asyncio streams: a client that costs little beside the server that it measures."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

KEPT_SECONDS = 3.0  # uvicorn closes a connection after 5 s without a request


@dataclass(frozen=True)
class Head:
    """The first lines of an answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]


class Connection:
    """One connection, kept open between calls."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Head:
        """Send a request; the head of its answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: api", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        first, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(":") for line in rest if line)
        return Head(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs})

    async def body(self, head: Head) -> bytes:
        """The answer's body, of the length that its head declares."""
        return await self.reader.readexactly(int(head.headers.get("content-length", "0")))

    async def post(self, path: str, headers: Mapping[str, str], document: Any) -> tuple[Head, bytes]:
        """POST a JSON document; head and body of the answer."""
        head = await self.ask(
            "POST", path, {"Content-Type": "application/json", **headers}, json.dumps(document).encode()
        )
        return head, await self.body(head)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of a chunked body as they come, until it ends."""
        while True:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            piece = (await self.reader.readexactly(size + 2))[:-2]
            if not size:
                return
            yield piece


class Pool:
    """Connections that are opened when they are needed, and used again while the server surely keeps them."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._idle: list[tuple[float, Connection]] = []

    async def post(self, path: str, headers: Mapping[str, str], document: Any) -> tuple[Head, bytes]:
        """POST a JSON document; head and body of the answer."""
        async with self._connection() as line:
            return await line.post(path, headers, document)

    async def get(self, path: str) -> tuple[Head, bytes]:
        """GET without a key; head and body of the answer."""
        async with self._connection() as line:
            head = await line.ask("GET", path, {})
            return head, await line.body(head)

    def close(self) -> None:
        """Close them all."""
        while self._idle:
            self._idle.pop()[1].writer.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        line = self._take() or Connection(*await asyncio.open_connection(*self._address))
        yield line
        self._idle.append((time.monotonic(), line))

    def _take(self) -> Connection | None:
        while self._idle:
            used, line = self._idle.pop()
            if time.monotonic() - used < KEPT_SECONDS:
                return line
            line.writer.close()
        return None


@asynccontextmanager
async def connection(host: str, port: int, *, limit: int = 2**16, receive_buffer: int = 0) -> AsyncIterator[Connection]:
    """A new connection, closed in the end; it takes in at most twice `limit` bytes that nobody reads."""
    line = socket.socket()
    if receive_buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    line.setblocking(False)  # noqa: FBT003 — socket's own call
    try:
        await asyncio.get_running_loop().sock_connect(line, (host, port))
        reader, writer = await asyncio.open_connection(sock=line, limit=limit)
    except BaseException:
        line.close()
        raise
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
