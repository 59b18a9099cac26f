"""The broker of the local stack: Valkey, which speaks Redis's protocol."""

import secrets
from signal import SIGTERM
from typing import ClassVar

import redis

from service.local.stack.binaries import valkey_binary
from service.local.stack.data_folder import DataFolder, read_or_create_private, write_private
from service.local.stack.embedded_server import EmbeddedServer
from service.local.stack.ports import stable_ports
from service.local.stack.processes import Command

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey(EmbeddedServer):
    """The broker: keeps what it acknowledged through a kill, evicts nothing, asks for a password."""

    name = "valkey"
    stop_signal: ClassVar = SIGTERM

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self._port: int | None = None
        self._password = ""

    @property
    def url(self) -> str:
        """Known after the first launch."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def _prepare(self) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        self._password = read_or_create_private(self.home / "password", lambda: secrets.token_urlsafe(24))
        if not self.was_ready:  # later its clients know the port
            (self._port,) = stable_ports(self.home / "port.json", 1)
        text = _CONFIGURATION.format(port=self._port, password=self._password)
        write_private(self.home / "valkey.conf", text)

    def _command(self) -> Command:
        return Command(argv=(str(valkey_binary()), "valkey.conf"), log=self.log, folder=self.home, death_signal=SIGTERM)

    def _is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:  # also while it reads its file
            return False
