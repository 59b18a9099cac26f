"""Every kind of disturbance as a card: those against the device workers, and those against everything else."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos import places
from tests.chaos.faults.disturbances import Disturbance, Disturbances
from tests.chaos.installation import APIS, DEVICES
from tests.chaos.traffic.plan import Plan

ANY_DEVICE = 0.2  # of the choices: any of them, and not the one that has been at work longest
BROKER_PAUSES = (2.0, 6.0)
SERVERS = ("valkey", "postgres", "seaweed")


@dataclass(frozen=True)
class Card:
    """One kind of disturbance; the server that dies of it, if one does."""

    name: str
    play: Callable[[], Disturbance]
    server: str = ""


@dataclass(frozen=True)
class Cards:
    """Makes cards whose choices follow from one sequence of random numbers."""

    plan: Plan
    do: Disturbances
    rng: random.Random

    def against_devices(self) -> list[Card]:
        """One of each."""
        do, other = self.do, (*DEVICES, "upkeep")
        cards = [Card(f"kill {place}", partial(self._kill, place)) for place in places.DEVICE]
        cards += [Card(f"freeze {place}", partial(self._freeze, place)) for place in places.FROZEN]
        cards += [Card(f"kill {name}", partial(do.kill, name)) for name in DEVICES]
        cards.append(Card("terminate a device", lambda: do.hand_over(self._device())))
        cards.append(Card("kill in_reap", lambda: do.kill_twice(self._device(), other, "in_reap")))
        cards.append(Card("kill in_settle", partial(do.kill_first_at, other, "in_settle")))
        return cards

    def against_the_rest(self) -> list[Card]:
        """One of each."""
        do, rng = self.do, self.rng
        cards = [Card(f"kill {place}", partial(do.kill_at, rng.choice(APIS), place)) for place in places.API]
        for place in places.API:
            seconds = rng.choice(self.plan.freezes)
            cards.append(Card(f"freeze {place}", partial(do.freeze_at, rng.choice(APIS), place, seconds)))
        cards += [Card(f"kill {place}", partial(do.kill_at, "upkeep", place)) for place in places.UPKEEP]
        cards += [Card(f"kill {name}", partial(do.kill, name)) for name in (*APIS, "upkeep", "beat")]
        cards += [Card(f"kill {server}", partial(do.kill_server, server), server) for server in SERVERS]
        cards += [Card("pause valkey", partial(do.pause_server, "valkey", seconds)) for seconds in BROKER_PAUSES]
        cards.append(Card("flush valkey", do.flush_broker))
        cards.append(Card("kill a backend", do.kill_backend, "postgres"))
        return cards

    def _kill(self, place: str) -> Disturbance:
        return self.do.kill_at(self._device(), place)

    def _freeze(self, place: str) -> Disturbance:
        return self.do.freeze_at(self._device(), place, self.rng.choice(self.plan.freezes))

    def _device(self) -> str:
        """Mostly one that is at work."""
        return self.rng.choice(DEVICES) if self.rng.random() < ANY_DEVICE else self.do.warm(DEVICES)
