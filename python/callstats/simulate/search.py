"""Plans of whole numbers: which ones meet all goals at the least cost."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Numbers = tuple[int, ...]
#: Up to so many numbers are varied all together, by as much as this; more of them two or three.
_FEW, _AWAY = 3, 2
#: Orders in which numbers are lowered, from as many starts.
_ORDERS = 6
#: Plans that are tried before the search takes what it has: some seconds of a large centre.
_TRIED = 1200


@dataclass
class Search:
    """The cheapest plans by a `meets` that more of anything does not break.

    A plan with no number above one that fails fails too, and one with no number below one that
    meets all goals meets them too: neither is tried.
    """

    meets: Callable[[Numbers], bool]
    prices: list[float]
    least: Numbers
    most: Numbers
    good: set[Numbers] = field(default_factory=set)
    bad: set[Numbers] = field(default_factory=set)
    tried: int = 0

    def cost(self, plan: Numbers) -> float:
        """What a plan costs."""
        return sum(price * number for price, number in zip(self.prices, plan, strict=True))

    def holds(self, plan: Numbers) -> bool:
        """Whether a plan meets all goals, as far as possible by what is known."""
        if any(all(a <= b for a, b in zip(plan, other, strict=True)) for other in self.bad):
            return False
        if any(all(a >= b for a, b in zip(plan, other, strict=True)) for other in self.good):
            return True
        self.tried += 1
        found = self.meets(plan)
        (self.good if found else self.bad).add(plan)
        return found

    def run(self, start: Numbers) -> None:
        """Looks for cheap plans between `start` and `most`, which meets all goals."""
        first = self._between(start)
        # From corners, where the cheap groups do nearly all, and from the middle.
        for order in self._orders():
            for begin in (self.most, first):
                if self.tried < _TRIED:
                    self._improve(self._lower(begin, order))

    def cheapest(self) -> Iterator[Numbers]:
        """Plans that meet all goals, the cheapest first; who takes one may refute it.

        What costs more than a refuted plan by one agent comes next, beside the others.
        """
        waiting = [(self.cost(plan), plan) for plan in self.good]
        heapq.heapify(waiting)
        seen = set()
        while waiting:
            _, plan = heapq.heappop(waiting)
            if plan in seen:
                continue
            seen.add(plan)
            if plan not in self.bad and self.holds(plan):
                yield plan
            if plan in self.bad:
                self.good.discard(plan)
                for place in range(len(plan)):
                    more = self._moved(plan, {place: 1})
                    if more is not None:
                        heapq.heappush(waiting, (self.cost(more), more))

    def refute(self, plan: Numbers) -> None:
        """The plan does not meet all goals after all."""
        self.good.discard(plan)
        self.bad.add(plan)

    def _between(self, start: Numbers) -> Numbers:
        """From `start` to `most` the first plan that holds: ever longer steps, then halves."""
        steps = max(b - a for a, b in zip(start, self.most, strict=True))

        def at(step: int) -> Numbers:
            ways = zip(start, self.most, strict=True)
            return tuple(a + -(-(b - a) * step // max(steps, 1)) for a, b in ways)

        few, many, step = -1, 0, 1
        while many < steps and not self.holds(at(many)):
            few, many, step = many, min(many + step, steps), 2 * step
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (few, middle) if self.holds(at(middle)) else (middle, many)
        return at(many)

    def _orders(self) -> list[Numbers]:
        """Orders of lowering: all of a few numbers, else the dearest or the cheapest first."""
        places = range(len(self.prices))
        if len(self.prices) <= _FEW:
            return list(permutations(places))[:_ORDERS]
        dear = tuple(sorted(places, key=lambda place: -self.prices[place]))
        return list(dict.fromkeys([dear, dear[::-1]]))

    def _lower(self, plan: Numbers, order: Numbers) -> Numbers:
        """Each number in turn as low as the goals allow."""
        for place in order:
            low, high = self.least[place] - 1, plan[place]
            step = 1
            while high - low > 1:
                # Short steps first: the number may be near where it ends.
                middle = max(high - step, (low + high) // 2)
                tried = (*plan[:place], middle, *plan[place + 1 :])
                if self.holds(tried):
                    high, step = middle, 2 * step
                else:
                    low, step = middle, 1
            plan = (*plan[:place], high, *plan[place + 1 :])
        return plan

    def _improve(self, plan: Numbers) -> Numbers:
        """The best of the plans around, from there on, until none is cheaper."""
        found = True
        while found:
            found = False
            for other in self._around(plan):
                if self.tried >= _TRIED:
                    break
                if self.holds(other):
                    plan, found = other, True
                    break
        return plan

    def _around(self, plan: Numbers) -> list[Numbers]:
        """Cheaper plans near by, the cheapest first."""
        count = len(plan)
        if count <= _FEW:
            away = range(-_AWAY, _AWAY + 1)
            moves = [dict(enumerate(each)) for each in product(away, repeat=count)]
        else:
            places = range(count)
            moves = [{a: -1} for a in places]
            moves += [{a: -less, b: 1} for less in (1, 2) for a, b in permutations(places, 2)]
            moves += [{a: -1, b: -1, c: 1} for a, b, c in permutations(places, 3) if a < b]
        found = {self._moved(plan, move) for move in moves}
        here = self.cost(plan)
        cheaper = [each for each in found if each is not None and self.cost(each) < here - 1e-9]
        return sorted(cheaper, key=lambda each: (self.cost(each), each))

    def _moved(self, plan: Numbers, move: dict[int, int]) -> Numbers | None:
        moved = tuple(number + move.get(place, 0) for place, number in enumerate(plan))
        inside = all(
            low <= number <= high
            for low, number, high in zip(self.least, moved, self.most, strict=True)
        )
        return moved if inside else None
