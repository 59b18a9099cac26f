"""Which disturbance comes when: a shuffled deck in which each kind lies once, dealt again and again."""

import random
import time
from collections.abc import Callable

from tests.chaos.faults.disturbances import Disturbance
from tests.chaos.traffic.cards import Card
from tests.chaos.traffic.plan import Plan


class Deck:
    """Deals from one seed. A server's card is put back while the server is young: it would be restarted late."""

    def __init__(self, plan: Plan, fresh: Callable[[], list[Card]], rng: random.Random) -> None:
        self._plan, self._fresh, self._rng = plan, fresh, rng
        self._cards: list[Card] = []
        self._killed_at: dict[str, float] = {}
        self._current: Disturbance | None = None
        self._due = time.monotonic() + plan.calm_seconds
        self._shuffled = 0
        self.dealt = 0

    def turn(self) -> None:
        """Go on with the disturbance under way, or begin one when it is due. Never waits."""
        if self._current is None:
            if time.monotonic() < self._due or self._spent:
                return
            self._current = self._deal()
        try:
            next(self._current)
        except StopIteration:
            self._current = None
            self._due = time.monotonic() + self._rng.expovariate(1 / self._plan.calm_seconds)

    @property
    def rests(self) -> bool:
        """Whether nothing is under way."""
        return self._current is None

    @property
    def _spent(self) -> bool:
        return self._plan.decks is not None and not self._cards and self._shuffled >= self._plan.decks

    def _deal(self) -> Disturbance:
        if self._playable() is None and not (self._cards and self._plan.decks):
            self._shuffle()
        place = self._playable()
        if place is None:
            return iter(())
        card = self._cards.pop(place)
        if card.server:
            self._killed_at[card.server] = time.monotonic()
        self.dealt += 1
        return card.play()

    def _shuffle(self) -> None:
        fresh = [card for card in self._fresh() if not self._plan.cards or card.name in self._plan.cards]
        self._rng.shuffle(fresh)
        self._cards += fresh
        self._shuffled += 1

    def _playable(self) -> int | None:
        return next((place for place, card in enumerate(self._cards) if not self._too_young(card.server)), None)

    def _too_young(self, server: str) -> bool:
        killed_at = self._killed_at.get(server)
        return killed_at is not None and time.monotonic() - killed_at < self._plan.server_calm_seconds
