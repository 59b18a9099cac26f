"""The object store of the local stack: SeaweedFS with an S3 port."""

import http.client
import json
import os
import secrets
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import ClassVar
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from service.local.stack.addresses import S3Address
from service.local.stack.binaries import seaweed_binary
from service.local.stack.data_folder import DataFolder, read_or_create_private, write_private
from service.local.stack.embedded_server import EmbeddedServer
from service.local.stack.ports import GRPC, stable_ports
from service.local.stack.processes import Command

BUCKET = "svdiff"
_PARTS = ("s3", "master", "volume", "filer", "admin")  # each has an HTTP port, and a gRPC port above it
_TOKENS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
_OPTIONS = {
    "dir": "data",
    "ip": "127.0.0.1",
    "ip.bind": "127.0.0.1",
    "s3.config": "identities.json",
    "s3.autoCreateBucket": "false",
    "s3.allowDeleteBucketNotEmpty": "false",
    "s3.iam": "false",
    "s3.port.iceberg": "0",
    "s3.port.lance": "0",
    "master.telemetry": "false",
    "master.resumeState": "false",  # its old ports
    "volume.preStopSeconds": "0",
    "webdav": "false",
    "admin.ui": "false",
}


class Seaweed(EmbeddedServer):
    """The object store: one bucket behind one key, all of it on the loopback interface."""

    name = "seaweed"
    stop_signal: ClassVar = SIGTERM
    # A good stop takes 1.1 s. Now and then it would wait a minute for a connection on which nobody asks
    # anything; by then the index is closed, and what it has acknowledged survives a kill anyway.
    stop_timeout: ClassVar = 3.0

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self._ports: dict[str, int] = {}
        self._access_key = self._secret_key = ""

    @property
    def address(self) -> S3Address:
        """Known after the first launch."""
        endpoint = f"http://127.0.0.1:{self._ports['s3']}"
        return S3Address(endpoint, self._access_key, self._secret_key, BUCKET)

    def _prepare(self) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.home / "data").mkdir(mode=0o700, exist_ok=True)
        if not self.was_ready:  # later its clients, and links given away, know the port
            numbers = stable_ports(self.home / "ports.json", len(_PARTS), beside=(GRPC,))
            self._ports = dict(zip(_PARTS, numbers, strict=True))
        self._write_keys()
        write_private(self.home / "options", "".join(f"{key}={value}\n" for key, value in self._options().items()))
        self._remove_sockets()

    def _write_keys(self) -> None:
        keys = json.loads(read_or_create_private(self.home / "keys.json", _new_keys))
        self._access_key, self._secret_key = keys["accessKey"], keys["secretKey"]
        identity = {
            "name": "svdiff",
            "credentials": [keys],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        write_private(self.home / "identities.json", json.dumps({"identities": [identity]}))
        # Without these tokens master, volume and filer would serve every object to any local process.
        read_or_create_private(self.home / "security.toml", _new_tokens)

    def _options(self) -> dict[str, str]:
        ports = {f"{part}.port": str(port) for part, port in self._ports.items()}
        grpc = {f"{part}.port.grpc": str(port + GRPC) for part, port in self._ports.items()}
        return {**_OPTIONS, **ports, **grpc}

    def _command(self) -> Command:
        return Command(
            argv=(str(seaweed_binary()), "-logtostderr=true", "mini", "-options=options"),
            log=self.log,
            folder=self.home,  # where it looks for security.toml
            death_signal=SIGKILL,  # for the same reason
        )

    def _is_ready(self) -> bool:
        try:
            bucket_status = signed_status(self.address, "PUT", BUCKET)
            if bucket_status not in {http.client.OK, http.client.CONFLICT}:
                return False
            # An open port is not enough: the first volume may still be on its way.
            object_status = signed_status(self.address, "PUT", f"{BUCKET}/.ready", b"ready")
        except (OSError, http.client.HTTPException):
            return False
        return object_status == http.client.OK

    def stop(self) -> None:  # noqa: D102 — inherited
        super().stop()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        # It leaves them behind, in a folder that it does not let us choose; the ports are ours alone.
        for part, port in self._ports.items():
            for name in (f"seaweedfs-{part}-{port}.sock", f"seaweedfs-{part}-grpc-{port + GRPC}.sock"):
                socket = Path("/tmp") / name  # noqa: S108 — SeaweedFS's own choice
                if socket.exists() and socket.stat().st_uid == os.geteuid():
                    socket.unlink()


def signed_status(address: S3Address, method: str, path: str, body: bytes = b"") -> int:
    """The status of one signed S3 request, without a whole client, which costs a third of a second.

    Raises:
        OSError, http.client.HTTPException: nobody answers.
    """
    request = AWSRequest(method, f"{address.endpoint}/{path}", data=body)
    S3SigV4Auth(Credentials(address.access_key, address.secret_key), "s3", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(address.endpoint).netloc, timeout=5)
    try:
        connection.request(method, f"/{path}", body=body, headers=dict(request.headers.items()))
        return connection.getresponse().status
    finally:
        connection.close()


def _new_keys() -> str:
    return json.dumps({"accessKey": f"AK{secrets.token_hex(9).upper()}", "secretKey": secrets.token_urlsafe(30)})


def _new_tokens() -> str:
    return "".join(f'[{name}]\nkey = "{secrets.token_urlsafe(32)}"\nexpires_after_seconds = 60\n' for name in _TOKENS)
