"""Which disturbance comes when: a shuffled deck in which each kind lies once, dealt again and again."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos import places
from tests.chaos.disturbances import Disturbance, Disturbances
from tests.chaos.installation import APIS, DEVICES
from tests.chaos.plan import Plan

ANY_DEVICE = 0.2
BROKER_PAUSES = (2.0, 6.0)
SERVERS = ("valkey", "postgres", "seaweed")


@dataclass(frozen=True)
class Card:
    """One kind of disturbance; the server that dies of it, if one does."""

    name: str
    play: Callable[[], Disturbance]
    server: str = ""


class Deck:
    """Deals from one seed. A server's card is put back while the server is young: its keeper would wait long."""

    def __init__(self, plan: Plan, disturbances: Disturbances) -> None:
        self._plan, self._do = plan, disturbances
        self._rng = random.Random(f"deck {plan.seed}")
        self._cards: list[Card] = []
        self._killed_at: dict[str, float] = {}
        self._current: Disturbance | None = None
        self._due = time.monotonic() + plan.calm_seconds
        self._size = 0
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
        return self._plan.decks is not None and not self._cards and self.decks >= self._plan.decks

    @property
    def decks(self) -> int:
        """How often every kind has been dealt."""
        return self.dealt // self._size if self._size else 0

    def _deal(self) -> Disturbance:
        place = self._playable()
        if place is None:
            fresh = self._fresh()
            self._rng.shuffle(fresh)
            self._size = len(fresh)
            self._cards += fresh
            place = self._playable()
        if place is None:
            return iter(())
        card = self._cards.pop(place)
        if card.server:
            self._killed_at[card.server] = time.monotonic()
        self.dealt += 1
        return card.play()

    def _playable(self) -> int | None:
        return next((place for place, card in enumerate(self._cards) if not self._too_young(card.server)), None)

    def _too_young(self, server: str) -> bool:
        killed_at = self._killed_at.get(server)
        return killed_at is not None and time.monotonic() - killed_at < self._plan.server_calm_seconds

    def _fresh(self) -> list[Card]:
        """One of each."""
        do, rng = self._do, self._rng
        anyone = (*DEVICES, "upkeep")
        cards = [Card(f"kill {place}", partial(self._kill, place)) for place in places.DEVICE]
        for place in places.FROZEN:
            seconds = rng.choice(self._plan.freezes)
            cards.append(Card(f"freeze {place}", partial(self._freeze, place, seconds)))
        cards += [Card(f"kill {place}", partial(do.kill_at, rng.choice(APIS), place)) for place in places.API]
        for place in places.API:
            cards.append(
                Card(f"freeze {place}", partial(do.freeze_at, rng.choice(APIS), place, max(self._plan.freezes)))
            )
        cards += [Card(f"kill {place}", partial(do.kill_at, "upkeep", place)) for place in places.UPKEEP]
        cards += [Card(f"kill {place}", partial(do.kill_first_at, anyone, place)) for place in places.ANYWHERE]
        cards += [Card(f"kill {name}", partial(do.kill, name)) for name in (*DEVICES, *APIS, "upkeep", "beat")]
        cards += [Card(f"kill {server}", partial(do.kill_server, server), server) for server in SERVERS]
        cards += [Card("pause valkey", partial(do.pause_server, "valkey", seconds)) for seconds in BROKER_PAUSES]
        cards.append(Card("flush valkey", do.flush_broker))
        cards.append(Card("kill a backend", do.kill_backend, "postgres"))
        cards.append(Card("terminate a device", lambda: do.hand_over(self._device())))
        if missing := self._plan.cards - {card.name for card in cards}:
            raise LookupError(f"no such disturbance: {sorted(missing)}")
        return [card for card in cards if not self._plan.cards or card.name in self._plan.cards]

    def _kill(self, place: str) -> Disturbance:
        return self._do.kill_at(self._device(), place)

    def _freeze(self, place: str, seconds: float) -> Disturbance:
        return self._do.freeze_at(self._device(), place, seconds)

    def _device(self) -> str:
        """Mostly one that is at work."""
        return self._rng.choice(DEVICES) if self._rng.random() < ANY_DEVICE else self._do.warm(DEVICES)
