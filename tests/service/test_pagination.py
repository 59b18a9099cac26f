from sqlalchemy import select

from service.ids import new_id
from service.infra.database import Database, Scope
from service.pagination import fetch_page
from service.tables import ApiKey
from tests.conftest import Customer


def add(scope: Scope, count: int) -> None:
    """More rows."""
    for number in range(count):
        scope.session.add(ApiKey(tenant_id=scope.tenant_id, name=str(number), digest=new_id().bytes))
    scope.session.flush()


def test_pages_have_every_row_once_though_rows_are_added_meanwhile(database: Database, alice: Customer) -> None:
    """Keyset paging: what comes later lies before the first page, and moves nothing."""
    with database.tenant(alice.id) as scope:
        add(scope, 10)
        mine = select(ApiKey).where(ApiKey.tenant_id == alice.id)
        everything = [row.id for row in fetch_page(scope.session, mine, ApiKey.id, limit=100, after=None).rows]
        seen, after = [], None
        while True:
            found = fetch_page(scope.session, mine, ApiKey.id, limit=3, after=after)
            seen += [row.id for row in found.rows]
            if not found.has_more:
                break
            after = seen[-1]
            add_newer(scope)
        assert seen == everything == sorted(everything, reverse=True)


def add_newer(scope: Scope) -> None:
    """A row whose id is after all others."""
    newest = new_id().int | (1 << 127)
    scope.session.add(ApiKey(id=type(new_id())(int=newest), tenant_id=scope.tenant_id, name="n", digest=new_id().bytes))
    scope.session.flush()


def test_a_page_that_is_just_full_says_whether_there_is_more(database: Database, bob: Customer) -> None:
    """Four rows and the key that every customer has: five."""
    with database.tenant(bob.id) as scope:
        add(scope, 4)
        mine = select(ApiKey).where(ApiKey.tenant_id == bob.id)
        answers = [fetch_page(scope.session, mine, ApiKey.id, limit=limit, after=None) for limit in (4, 5, 6)]
    assert [(len(answer.rows), answer.has_more) for answer in answers] == [(4, True), (5, False), (5, False)]
