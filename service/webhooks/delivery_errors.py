"""Why an attempt to deliver a webhook failed: the codes of the delivery log."""

from service.errors import ErrorCode

STATUS = ErrorCode(
    "status",
    "The receiver answered with an error, whose status the log has.",
    "Look into the log of the receiver; it must answer 2xx.",
)
REDIRECT = ErrorCode(
    "redirect",
    "The receiver answered with a redirect, and redirects are not followed.",
    "Change the URL of the webhook to where the redirect leads.",
)
TIMEOUT = ErrorCode(
    "timeout",
    "The receiver did not answer in time.",
    "Answer at once and do the work later; the operator sets `SVDIFF_WEBHOOK_TIMEOUT_SECONDS`.",
)
CONNECTION = ErrorCode(
    "connection",
    "No connection could be made, or it broke.",
    "Check that the receiver runs and that its port is reachable from the internet.",
)
TLS = ErrorCode(
    "tls",
    "The TLS handshake failed.",
    "Install a certificate for the host name that a public authority has signed, with its whole chain.",
)
BAD_ANSWER = ErrorCode(
    "bad_answer",
    "The receiver did not answer in HTTP, or broke off before the answer was complete.",
    "Check that the URL is that of an HTTP server.",
)
UNKNOWN_HOST = ErrorCode(
    "unknown_host",
    "The name of the host could not be resolved.",
    "Check the spelling of the URL and the DNS records of its host.",
)
FORBIDDEN_ADDRESS = ErrorCode(
    "forbidden_address",
    "The host has an address that is not public.",
    "Use a host with public addresses only, or have the operator set `SVDIFF_WEBHOOK_ALLOWED_NETWORKS`.",
)
UNUSABLE_URL = ErrorCode(
    "unusable_url",
    "The installation no longer accepts the URL of the webhook.",
    "Change the URL, for example to `https://`.",
)
DELIVERY_CODES = (
    STATUS,
    REDIRECT,
    TIMEOUT,
    CONNECTION,
    TLS,
    BAD_ANSWER,
    UNKNOWN_HOST,
    FORBIDDEN_ADDRESS,
    UNUSABLE_URL,
)
