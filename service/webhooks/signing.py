"""Signatures by the Standard Webhooks specification, version 1.0.0."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A secret as its receiver configures it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_headers(message_id: str, moment: datetime, body: str, secrets_in_use: Iterable[str]) -> dict[str, str]:
    """The three headers, with a signature of each secret in use. `moment` must be in UTC."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets_in_use),
    }
