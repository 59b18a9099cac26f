import pytest
from sqlalchemy.exc import InvalidRequestError

from service.enums import WebhookEvent
from service.errors import NotFound, TooManyWebhooks, UnusableUrl
from service.infra.database import Database
from service.settings import Settings
from service.webhooks import deliveries, endpoints
from tests.conftest import Customer
from tests.service.jobs.together import together
from tests.service.webhooks.office import Office
from tests.service.webhooks.receiver import Receiver

NOWHERE = "http://127.0.0.1:9/"


def test_a_rotated_secret_signs_beside_the_new_one_for_a_while(
    office: Office, receiver: Receiver, alice: Customer
) -> None:
    """Then no more; a second rotation drops the first secret at once."""
    endpoint = office.add(alice, receiver.url)
    first, _ = office.secrets(endpoint)
    with office.database.tenant(alice.id) as scope:
        endpoints.rotate_secret(scope, endpoint, 3600.0)
    second, old = office.secrets(endpoint)
    assert (old, second != first) == (first, True)
    office.tell(alice)
    office.deliver()
    office.sql("UPDATE webhook_endpoints SET old_secret_until = now()")
    office.tell(alice)
    office.deliver()
    during, after = receiver.requests
    assert during.verified(first) == during.verified(second)
    assert after.verified(second)
    assert after.headers["webhook-signature"].count("v1,") == 1
    with office.database.tenant(alice.id) as scope:
        endpoints.rotate_secret(scope, endpoint, 3600.0)
    assert office.secrets(endpoint)[1] == second


def test_a_leaked_secret_can_be_dropped_at_once(office: Office, alice: Customer) -> None:
    """With no time to keep it, no old secret is left in the row."""
    endpoint = office.add(alice, NOWHERE)
    with office.database.tenant(alice.id) as scope:
        row = endpoints.rotate_secret(scope, endpoint, 0.0)
    assert (office.secrets(endpoint)[1], row.old_secret_until) == (None, None)


def test_a_secret_loads_only_where_it_is_asked_for(office: Office, alice: Customer) -> None:
    """Any code that has the row by chance is refused it, also where the row was just made."""
    with office.database.tenant(alice.id) as scope:
        made = endpoints.create(scope, office.settings, url=NOWHERE, events=["job.failed"], description="")
        scope.session.flush()
        assert "whsec_" not in repr(made) + repr(vars(made))
        for column in ("secret", "old_secret"):
            with pytest.raises(InvalidRequestError, match="raiseload"):
                getattr(made, column)
        assert endpoints.get_secret(scope, made).startswith("whsec_")


def test_a_tenant_has_at_most_so_many_endpoints(office: Office, alice: Customer, bob: Customer) -> None:
    """Also when more are asked for at the same moment; another tenant's do not count."""

    def attempt() -> bool:
        try:
            office.add(alice, NOWHERE)
        except TooManyWebhooks:
            return False
        return True

    office.settings = office.settings.model_copy(update={"max_webhooks": 3})
    assert sum(together([attempt] * 6)) == 3
    office.add(bob, NOWHERE)


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://localhost:8443/x", "https://10.1.2.3/", "https://[fe80::1]/", "http://8.8.8.8/"],
)
def test_a_url_that_nothing_may_be_sent_to_is_refused(
    database: Database, settings: Settings, alice: Customer, url: str
) -> None:
    """When it is entered, and when it is changed."""
    with database.tenant(alice.id) as scope:
        with pytest.raises(UnusableUrl):
            endpoints.create(scope, settings, url=url, events=["job.failed"], description="")
        row = endpoints.create(scope, settings, url="https://8.8.8.8/", events=["job.failed"], description="")
        with pytest.raises(UnusableUrl):
            endpoints.update(scope, settings, row.id, url=url)


def test_a_name_that_nobody_knows_yet_is_taken(database: Database, settings: Settings, alice: Customer) -> None:
    """Each delivery looks it up and checks it anyway."""
    with database.tenant(alice.id) as scope:
        url = "https://not-yet.invalid/"
        assert endpoints.create(scope, settings, url=url, events=["job.failed"], description="").url == url


def test_a_change_changes_what_is_given(office: Office, alice: Customer) -> None:
    """And nothing else."""
    endpoint = office.add(alice, NOWHERE)
    before = office.secrets(endpoint)
    with office.database.tenant(alice.id) as scope:
        endpoints.update(scope, office.settings, endpoint, events=["job.failed"])
        row = endpoints.update(scope, office.settings, endpoint, description="mine")
    assert (row.url, row.events, row.description, row.disabled_at) == (NOWHERE, ["job.failed"], "mine", None)
    assert office.secrets(endpoint) == before


def test_a_new_url_closes_the_breaker(office: Office, receiver: Receiver, alice: Customer) -> None:
    """What waited for the dead one goes to the new one at once."""
    endpoint = office.add(alice, NOWHERE)
    office.tell(alice, times=3)
    office.sql("UPDATE webhook_endpoints SET failures = 5, paused_until = now() + interval '1 hour'")
    assert office.claim() == []
    with office.database.tenant(alice.id) as scope:
        endpoints.update(scope, office.settings, endpoint, url=receiver.url)
    office.deliver()
    assert office.states() == ["delivered"] * 3


def test_a_test_message_is_the_next_probe(office: Office, receiver: Receiver, alice: Customer) -> None:
    """Whoever asks for one has mended something, and does not want to wait for the pause to end."""
    endpoint = office.add(alice, receiver.url, WebhookEvent.BATCH_ENDED)
    office.sql("UPDATE webhook_endpoints SET failures = 5, paused_until = now() + interval '1 hour'")
    with office.database.tenant(alice.id) as scope:
        ping = deliveries.ping(scope, endpoint)
    office.deliver()
    (seen,) = receiver.requests
    assert (seen.payload["type"], ping.type) == ("ping", "ping")
    assert office.endpoint(endpoint).failures == 0


def test_another_tenants_endpoint_does_not_exist(office: Office, alice: Customer, bob: Customer) -> None:
    """By any call."""
    endpoint = office.add(alice, NOWHERE)
    office.tell(alice)
    (delivery,) = office.deliveries()
    for call in (
        lambda scope: endpoints.get(scope, endpoint),
        lambda scope: endpoints.update(scope, office.settings, endpoint, enabled=False),
        lambda scope: endpoints.rotate_secret(scope, endpoint, 0.0),
        lambda scope: endpoints.delete(scope, endpoint),
        lambda scope: deliveries.list_page(scope, endpoint, limit=1, after=None),
        lambda scope: deliveries.ping(scope, endpoint),
        lambda scope: deliveries.replay(scope, endpoint, delivery.id),
        lambda scope: deliveries.replay_dead(scope, endpoint, None),
    ):
        with pytest.raises(NotFound), office.database.tenant(bob.id) as scope:
            call(scope)
    assert office.endpoint(endpoint).disabled_at is None
