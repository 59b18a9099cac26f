from ipaddress import ip_address
from uuid import UUID

import pytest
from standardwebhooks import WebhookVerificationError

from service.ids import to_wire
from service.settings import Settings
from service.webhooks.addresses import Address
from service.webhooks.claim import ClaimedDelivery
from service.webhooks.sender import Sender
from service.webhooks.signing import new_secret
from tests.service.webhooks.receiver import Receiver, listening

ID = UUID(int=7)
SECRET = new_secret()


def claimed(url: str, *secrets: str) -> ClaimedDelivery:
    """A delivery to this URL."""
    payload = {"type": "ping", "timestamp": "2026-01-01T00:00:00Z", "data": {"word": "Grüße"}}
    return ClaimedDelivery(ID, 1, ID, probe=False, url=url, secrets=secrets or (SECRET,), payload=payload)


class Rebinding:
    """A name that is public when it is looked up first, and this machine's own from then on."""

    def __init__(self, *answers: str) -> None:
        self.answers = [ip_address(answer) for answer in answers]
        self.asked = 0

    def __call__(self, *_: object) -> tuple[Address, ...]:
        """The next answer."""
        self.asked += 1
        return (self.answers[min(self.asked, len(self.answers)) - 1],)


def test_a_message_is_signed_as_the_library_reads_it(local_settings: Settings, receiver: Receiver) -> None:
    """By its receiver's secret, and by no other."""
    outcome = Sender(local_settings).send(claimed(receiver.url))
    assert (outcome.status, outcome.error, outcome.delivered) == (200, None, True)
    (seen,) = receiver.requests
    assert seen.id == to_wire("msg", ID)
    assert seen.verified(SECRET) == seen.payload == claimed(receiver.url).payload
    with pytest.raises(WebhookVerificationError):
        seen.verified(new_secret())


def test_both_live_secrets_sign(local_settings: Settings, receiver: Receiver) -> None:
    """A receiver that has either of them accepts the message."""
    other = new_secret()
    Sender(local_settings).send(claimed(receiver.url, SECRET, other))
    (seen,) = receiver.requests
    assert seen.headers["webhook-signature"].count("v1,") == 2
    assert seen.verified(SECRET) == seen.verified(other)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
def test_nothing_is_sent_to_this_machine_unless_a_setting_allows_it(
    settings: Settings, receiver: Receiver, host: str
) -> None:
    """By whatever name: the connection is not even tried."""
    sender = Sender(settings.model_copy(update={"webhook_allow_http": True}))
    outcome = sender.send(claimed(f"http://{host}:{receiver.port}/"))
    assert (outcome.status, outcome.error, outcome.delivered) == (None, "forbidden_address", False)
    assert receiver.requests == []


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(
    local_settings: Settings, receiver: Receiver
) -> None:
    """A second answer, which would not be checked, is never asked for."""
    name = Rebinding("127.0.0.1", "127.0.0.99")
    assert Sender(local_settings, look_up=name).send(claimed(f"http://rebind.test:{receiver.port}/")).delivered
    assert name.asked == 1
    assert receiver.requests[0].headers["host"] == f"rebind.test:{receiver.port}"


def test_each_attempt_checks_the_name_anew(local_settings: Settings, receiver: Receiver) -> None:
    """An address that was fine yesterday is none today."""
    name = Rebinding("127.0.0.1", "10.0.0.1")
    sender = Sender(local_settings, look_up=name)
    errors = [sender.send(claimed(f"http://rebind.test:{receiver.port}/")).error for _ in range(2)]
    assert errors == [None, "forbidden_address"]
    assert len(receiver.requests) == 1


def test_a_redirect_to_a_forbidden_address_leads_nowhere(local_settings: Settings, receiver: Receiver) -> None:
    """Nor does one to an allowed address: a redirect is a failure that the log names."""
    with listening() as inner:
        receiver.statuses, receiver.headers = [302], {"Location": inner.url}
        outcome = Sender(local_settings).send(claimed(receiver.url))
    assert (outcome.status, outcome.error, inner.requests) == (302, "redirect", [])


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://nobody.invalid/", "unknown_host"),
        ("http://127.0.0.1:1/", "connection"),
        ("ftp://127.0.0.1/", "unusable_url"),
    ],
)
def test_what_cannot_be_reached_is_an_outcome(local_settings: Settings, url: str, error: str) -> None:
    """And no exception, whatever the URL."""
    outcome = Sender(local_settings).send(claimed(url))
    assert (outcome.status, outcome.error, outcome.delivered) == (None, error, False)


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (204, None), (299, None), (301, "redirect"), (400, "status"), (410, "status"), (503, "status")],
)
def test_every_success_is_one_and_nothing_else(
    local_settings: Settings, receiver: Receiver, status: int, error: str | None
) -> None:
    """2xx, as the specification has it."""
    receiver.statuses = [status]
    outcome = Sender(local_settings).send(claimed(receiver.url))
    assert (outcome.status, outcome.error) == (status, error)


def test_nothing_private_is_shown_where_a_delivery_is_printed() -> None:
    """URLs carry keys of their own; secrets and payloads are nobody's business."""
    shown = repr(claimed("https://example.com/?key=private"))
    assert not [word for word in ("private", SECRET, "Grüße") if word in shown]
