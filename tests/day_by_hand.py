"""Exact days by another route, slow and plain: all is carried forward in time by uniformization.

The engine joins a distribution carried forward with fates carried backward. Here whoever arrives is
tagged and carried on, by how many wait ahead of him: each to his own deadline, and together with
the others of his interval to the end of the day. Every term is positive, and panels are shorter
than need be.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import comb

import numpy as np

GAUSS, WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True)
class Row:
    """One interval, as `day.evaluate` takes it."""

    length: float
    calls: float
    aht: float
    patience: float
    agents: int
    threshold: float
    shift_end: str

    @property
    def arrivals(self):
        return self.calls / self.length

    @property
    def answers(self):
        return self.agents / self.aht

    @property
    def hanging_up(self):
        return np.inf if self.patience == 0 else 1 / self.patience


def poisson(means):
    """Poisson probabilities, a row a mean: ratios from the mode outwards, normalised."""
    most = max(means)
    counts = np.arange(int(most + 9 * np.sqrt(most) + 40))
    table = np.ones((len(means), counts.size))
    for row, mean in zip(table, means, strict=True):
        mode = int(mean)
        row[mode + 1 :] = np.cumprod(mean / counts[mode + 1 :])
        row[:mode] = np.cumprod(counts[mode:0:-1] / max(mean, 1))[::-1]
    return table / table.sum(axis=1, keepdims=True)


def distribution_at(probabilities, row, instants):
    """The distribution of the calls in system after so many seconds."""
    calls = np.arange(probabilities.size)
    waiting = np.maximum(calls - row.agents, 0)
    patient = row.patience > 0
    room = calls < (calls[-1] if patient else row.agents)
    up = row.arrivals * room
    down = np.minimum(calls, row.agents) / row.aht
    down = down + (row.hanging_up * waiting if patient else 0)
    fastest = (up + down).max() or 1.0
    found = 0
    for weights in poisson(fastest * instants).T:
        found = found + weights[:, None] * probabilities
        after = probabilities * (1 - (up + down) / fastest)
        after[1:] += (probabilities * up)[:-1] / fastest
        after[:-1] += (probabilities * down)[1:] / fastest
        probabilities = after
    return found / found.sum(axis=1, keepdims=True)


@dataclass
class Tagged:
    """Callers still waiting, a row each, by how many are ahead; and what became of the others."""

    waiting: np.ndarray
    #: The same, each weighted by the seconds that he has waited.
    waited: np.ndarray
    answered: np.ndarray
    wait_answered: np.ndarray
    #: Seconds that all of them have waited.
    wait: np.ndarray

    @classmethod
    def new(cls, waiting):
        none = np.zeros(len(waiting))
        return cls(waiting, np.zeros_like(waiting), none, none, none)

    def added_up(self):
        """All of them as one."""
        return Tagged(*(np.sum(part, axis=0, keepdims=True) for part in vars(self).values()))

    def past(self, before, row):
        """At the start of a row, with so many agents before it."""
        more = row.agents - before
        waiting, waited = self.waiting, self.waited
        if more > 0:
            self.answered = self.answered + waiting[:, :more].sum(axis=1)
            self.wait_answered = self.wait_answered + waited[:, :more].sum(axis=1)
            waiting, waited = (np.pad(x, ((0, 0), (0, more)))[:, more:] for x in (waiting, waited))
        elif row.shift_end == "preempt":
            size = waiting.shape[1]
            waiting, waited = (np.pad(x, ((0, 0), (-more, 0)))[:, :size] for x in (waiting, waited))
        self.waiting, self.waited = waiting, waited

    def carry(self, row, seconds, *, patient=False):
        """Carries each on for so many seconds; one who is `patient` never hangs up himself."""
        if row.patience == 0:
            # Those ahead are gone at once.
            alone = self.waiting.sum(axis=1) if patient else np.zeros(len(self.waiting))
            left = alone * np.exp(-row.answers * seconds)
            self.answered = self.answered + alone - left
            self.waiting, self.waited = np.zeros_like(self.waiting), np.zeros_like(self.waited)
            self.waiting[:, 0] = left
            return
        ahead = np.arange(self.waiting.shape[1])
        forward = row.answers + ahead * row.hanging_up
        leaving = forward + (0 if patient else row.hanging_up)
        fastest = leaving.max() or 1.0
        forward, stay = forward / fastest, 1 - leaving / fastest
        waiting, waited = self.waiting, self.waited
        self.waiting, self.waited = np.zeros_like(waiting), np.zeros_like(waited)
        probabilities = poisson(fastest * np.broadcast_to(seconds, len(waiting))).T
        later = 1 - np.cumsum(probabilities, axis=0)
        for now, then in zip(probabilities, np.maximum(later, 0), strict=True):
            self.waiting += now[:, None] * waiting
            self.waited += now[:, None] * waited
            # Who moves up with nobody ahead is answered, if so many moves fit into the time.
            self.answered = self.answered + then * waiting[:, 0] * forward[0]
            self.wait_answered = self.wait_answered + then * (waited[:, 0] * forward[0])
            self.wait = self.wait + then / fastest * waiting.sum(axis=1)
            step = waited * stay + waiting / fastest
            step[:, :-1] += (waited * forward)[:, 1:]
            waited = step
            step = waiting * stay
            step[:, :-1] += (waiting * forward)[:, 1:]
            waiting = step

    def settle(self, row):
        """Carries all on for ever at the rates of a row; who still waits then waits for ever."""
        answers, hanging_up = row.answers, row.hanging_up
        if row.patience == 0:
            self.waiting = np.zeros_like(self.waiting)
        elif answers + hanging_up > 0:
            wait_answered = 0.0
            for ahead in range(self.waiting.shape[1]):
                leaving = answers + (ahead + 1) * hanging_up
                chance = answers / leaving
                wait_answered = (chance + (leaving - hanging_up) * wait_answered) / leaving
                waiting, waited = self.waiting[:, ahead], self.waited[:, ahead]
                self.answered = self.answered + waiting * chance
                self.wait_answered = self.wait_answered + waiting * wait_answered + waited * chance
                self.wait = self.wait + waiting * (ahead + 1) / leaving
            self.waiting = np.zeros_like(self.waiting)


def panels(cuts, rate):
    """Edges of panels between cuts, short beside these: there things move at up to such a rate."""
    edges = []
    for start, end in pairwise(cuts):
        half = (end - start) / 2
        away = [0.0]
        while away[-1] < half:
            step = max(3 / rate, min(2 * np.sqrt(away[-1] / rate), away[-1]), half / 500)
            away.append(min(away[-1] + step, half))
        edges += [(start + a, start + b) for a, b in pairwise(away)]
        edges += [(end - b, end - a) for a, b in reversed(list(pairwise(away)))]
    return edges


def past_boundary(probabilities, before, row):
    """The distribution after a boundary; calls interrupted, hung up and taken along at it."""
    calls = np.arange(probabilities.size)
    busy, leavers = np.minimum(calls, before), before - row.agents
    interrupted = hung_up = outside = 0.0
    if leavers > 0 and row.shift_end == "preempt":
        interrupted = probabilities @ np.maximum(busy - row.agents, 0)
    elif leavers > 0:
        after = np.zeros_like(probabilities)
        for total, on_calls in zip(calls, busy, strict=True):
            if row.shift_end == "finish":
                shares = {max(on_calls - row.agents, 0): 1.0}
            else:
                # Of all ways to name the leavers those that name so many busy ones.
                idle = before - on_calls
                shares = {
                    j: comb(on_calls, j) * comb(idle, leavers - j) / comb(before, leavers)
                    for j in range(max(0, leavers - idle), min(on_calls, leavers) + 1)
                }
            for gone, share in shares.items():
                after[total - gone] += share * probabilities[total]
                outside += gone * share * probabilities[total]
        probabilities = after
    if row.patience == 0:
        hung_up = probabilities @ np.maximum(calls - row.agents, 0)
        probabilities = np.bincount(
            np.minimum(calls, row.agents), weights=probabilities, minlength=calls.size
        )
    return probabilities, interrupted, hung_up, outside


def evaluate(rows, start, states):
    """The measures of every row; `start` callers wait at first, less than `states` calls count."""
    calls = np.arange(states)
    probabilities = np.eye(states)[start]
    ends = np.cumsum([0.0, *(row.length for row in rows)])
    before, outside, cohorts, results = 0, 0.0, [], []
    for place, row in enumerate(rows):
        waiting_before = probabilities @ np.maximum(calls - before, 0)
        probabilities, interrupted, hung_up, leaving = past_boundary(probabilities, before, row)
        outside += leaving
        for cohort in cohorts:
            cohort.past(before, row)
            cohort.carry(row, row.length)
        last = np.searchsorted(ends[1:-1], ends[place + 1] + row.threshold)
        patient = [r for r in rows[place : last + 1] if r.patience > 0]
        rate = row.arrivals + max(
            *(r.answers for r in rows[place : last + 1]),
            *(r.answers + states * r.hanging_up for r in patient),
            1e-9,
        )
        met = ends[1:-1] - row.threshold
        inside = met[(met > ends[place]) & (met < ends[place + 1])]
        spent, nodes = np.zeros(states), []
        for a, b in panels([ends[place], *inside, ends[place + 1]], rate):
            instants = 0.5 * (b - a) * np.append(1 + GAUSS, 2.0)
            *found, probabilities = distribution_at(probabilities, row, instants)
            seconds = 0.5 * (b - a) * WEIGHTS
            spent += seconds @ np.array(found)
            finds = seconds[:, None] * np.array(found)[:, row.agents :]
            nodes.append((a + instants[:-1], finds))
        times = np.concatenate([times for times, _ in nodes])
        finds = row.arrivals * np.concatenate([finds for _, finds in nodes])
        at_once = row.arrivals * spent[: row.agents].sum()
        result = deadlines(rows, place, ends, times, finds)
        result["answered_within"] += at_once
        cohort = Tagged.new(np.pad(finds, ((0, 0), (0, row.agents))))
        cohort.carry(row, ends[place + 1] - times)
        cohorts.append(cohort.added_up())
        cohorts[-1].answered += at_once
        waiting = np.maximum(calls - row.agents, 0)
        queue, all_busy = spent @ waiting, spent[row.agents :].sum()
        if row.patience == 0:
            result["abandoned"] = row.arrivals * all_busy + hung_up
        else:
            result["abandoned"] = row.hanging_up * queue
        left = np.exp(-row.length / row.aht)
        result |= {
            "queue_start": waiting_before,
            "interrupted": interrupted,
            "wait_probability": all_busy / row.length,
            "queue_length": queue / row.length,
            "queue_end": probabilities @ waiting,
            "busy_seconds": spent @ np.minimum(calls, row.agents),
            "busy_end": probabilities @ np.minimum(calls, row.agents),
            "overtime_seconds": outside * (1 - left) * row.aht,
            "overtime_end": outside * left,
        }
        came = waiting_before + interrupted + row.calls
        result["answered"] = came - result["abandoned"] - result["queue_end"]
        outside, before = outside * left, row.agents
        results.append(result)
    assert probabilities[-1] < 1e-15, "too few states"
    for row, cohort, result in zip(rows, cohorts, results, strict=True):
        cohort.settle(rows[-1])
        for_ever = cohort.waiting.sum()
        result["answered_of_arrivals"] = cohort.answered.item()
        result["abandoned_of_arrivals"] = row.calls - cohort.answered.item() - for_ever
        result["wait_seconds"] = np.inf if for_ever > 1e-12 * row.calls else cohort.wait.item()
        result["wait_answered_seconds"] = cohort.wait_answered.item()
    return results


def deadlines(rows, place, ends, times, finds):
    """What became of callers found at `times` when each had waited for the threshold."""
    row = rows[place]
    until = times + row.threshold
    found = {"answered_within": 0.0, "waiting_after": 0.0, "virtual_waiting_after": 0.0}
    for last in range(place, len(rows)):
        here = until > ends[last] if last > place else np.full(times.shape, fill_value=True)
        here &= (until <= ends[last + 1]) | (last == len(rows) - 1)
        if not here.any():
            continue
        for patient in (False, True):
            tagged = Tagged.new(np.pad(finds[here], ((0, 0), (0, row.agents))))
            for at in range(place, last + 1):
                if at > place:
                    tagged.past(rows[at - 1].agents, rows[at])
                begin = times[here] if at == place else ends[at]
                end = until[here] if at == last else ends[at + 1]
                tagged.carry(rows[at], end - begin, patient=patient)
            if patient:
                found["virtual_waiting_after"] += tagged.waiting.sum()
            else:
                found["answered_within"] += tagged.answered.sum()
                found["waiting_after"] += tagged.waiting.sum()
    return found
