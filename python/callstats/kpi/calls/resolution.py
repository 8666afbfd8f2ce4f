"""First-contact resolution: contacts that nobody had to repeat."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import durations, groups
from callstats._tables.checks import column_names, one_of
from callstats._tables.data_files import written_in
from callstats._tables.groups import divided
from callstats._tables.periods import MISSING, NANOSECONDS
from callstats._tables.table import LONGEST
from callstats.kpi.calls.log import OUTCOMES, check_directions
from callstats.kpi.exports.advice import read_log
from callstats.kpi.exports.tables import listed, simple
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.typing import Frame, OnError

Contacts = Literal["all", "answered"]

#: What the window must be, to be read after "must be".
_WINDOW = "a duration > 0, at most 31 years"
_NO_CONTACT = "the row is no contact of a customer"


def first_contact_resolution(
    contacts: Frame,
    *,
    window: Any = "7d",
    by: str | Sequence[str] = (),
    customer: str = "customer",
    time: str = "arrival",
    contact: str | None = "contact_id",
    same: str | Sequence[str] = (),
    judged: Contacts = "all",
    repeats: Contacts = "all",
    until: Any = None,
    timezone: str | datetime.tzinfo | None = None,
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Share of contacts that the same customer did not repeat within a window, one row a group.

    A contact whose window is not over when the log ends cannot be judged: it leaves both sides,
    even if a repeat was seen, or else only the failures of the last days would count.

    Parameters
    ----------
    contacts : DataFrame
        One row a contact or, with a column `contact`, a leg of one: its `time`, its `customer`;
        `outcome` where contacts or repeats are to be answered ones. Rows whose `direction` says
        outbound or internal break a rule, unless `by` has it: they are no contacts of customers.
    window : duration
        Within which a further contact is a repeat; > 0. Exactly the window later is a repeat, the
        same instant is none.
    by : str or sequence of str
        Columns to group by: those of the contact that is judged; its repeat may be in any group.
    customer, time : str
        Columns of the key (customer, number, account) and of the time. Withheld numbers are no
        key: words such as "anonymous", "restricted", "未知" or "unterdrückt", zeros, a dash.
    contact : str, optional
        The column that says which rows are one contact that was passed on; it need not be there
        under its usual name. Such rows count once: at the time and in the groups of the first of
        them, with the first key that any of them has, answered if any was. None: rows are contacts.
    same : str or sequence of str
        Columns in which a repeat must agree, such as `reason` or `channel`.
    judged, repeats : {"all", "answered"}
        Which contacts are judged, and which count as repeats.
    until : time, optional
        When the log ends. Default: its last contact.
    timezone : str, optional
        The zone of times that have none, of `until` too.
    confidence : float
        Of the Wilson limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        `contacts` (judged or not), `no_key` (without customer, left out), `observable`, `followed`
        (observable and repeated), `censored` (window not over), `censored_followed`; `fcr` =
        (observable - followed) / observable with `_low`, `_high`, `_numerator`, `_denominator`;
        `repeat_rate` = followed / observable.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, or rows break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> contacts = pd.DataFrame({
    ...     "arrival": pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-20"]),
    ...     "customer": ["a", "a", "b", "c"],
    ... })
    >>> first_contact_resolution(contacts)[["observable", "followed", "censored", "fcr"]]
       observable  followed  censored       fcr
    0           3         1         1  0.666667
    """
    span = durations.length("window", window, _WINDOW, lambda seconds: 0 < seconds < LONGEST)
    for name, value in (("judged", judged), ("repeats", repeats)):
        one_of(name, value, ("all", "answered"))
    log = read_log(contacts, "contacts", on_error=on_error, timezone=timezone)
    keys = log.keys(by)
    agree = column_names("same", same)
    outcome = ["outcome"] if "answered" in {judged, repeats} else []
    if contact == "contact_id" and not log.has(contact):
        contact = None
    log.require(time, customer, *agree, *outcome, *([] if contact is None else [contact]))
    check_directions(log, keys, _NO_CONTACT)
    instants = log.instants(time, "the contact cannot be placed")
    log.require_known(time, instants == MISSING, "the contact cannot be placed")
    answered = _answered(log) if outcome else np.ones(log.rows, bool)
    valid = log.settle()
    person = groups.coded(log.frame[customer])
    nobody = np.append(withheld(person.distinct), True)
    people = np.where(nobody[person.codes], -1, person.codes).astype(np.int64)
    first = valid
    if contact is not None:
        ties = [groups.key_codes(log.frame[name]) for name in (customer, *keys, *agree)]
        first, answered, people = _joined(
            log.frame[contact], (*reversed(ties), people < 0, instants), valid, answered, people
        )
    known = people >= 0
    judge = first & answered if judged == "answered" else first
    repeat = first & answered if repeats == "answered" else first
    end = log.moment("until", until)
    if end is None:
        end = int(instants[valid].max()) if valid.any() else 0
    step = round(span * NANOSECONDS)

    thread = _threads(log, groups.Coded(people, person.distinct), agree)
    followed = _followed(thread, instants, known & repeat, known & judge, step)
    grouped = log.grouped(keys, valid)
    counts = _counts(grouped, judge, known, instants <= end - step, followed)
    return grouped.result(
        figures_of(counts, confidence),
        "first_contact_resolution",
        window=float(span),
        contact=contact,
        same=agree,
        judged=judged,
        repeats=repeats,
    )


def _answered(log: Table) -> NDArray[np.bool_]:
    ended = log.words("outcome", OUTCOMES, "nobody knows whether it was answered")
    return np.asarray(ended == OUTCOMES.index("answered"))


def _threads(log: Table, person: groups.Coded, agree: Sequence[str]) -> NDArray[np.int64]:
    """The number of each row's thread: contacts of a person that agree in some columns."""
    parties = [person, *(groups.coded(log.frame[name]) for name in agree)]
    return groups.group_rows(parties, log.rows).codes.astype(np.int64)


def _counts(
    grouped: groups.Groups,
    judge: NDArray[np.bool_],
    known: NDArray[np.bool_],
    in_time: NDArray[np.bool_],
    followed: NDArray[np.bool_],
) -> dict[str, NDArray[np.int64]]:
    """Contacts that are judged; those of known customers with their whole window, or a part."""
    observable, censored = known & judge & in_time, known & judge & ~in_time
    return {
        "contacts": grouped.count(judge),
        "no_key": grouped.count(judge & ~known),
        "observable": grouped.count(observable),
        "followed": grouped.count(observable & followed),
        "censored": grouped.count(censored),
        "censored_followed": grouped.count(censored & followed),
    }


def figures_of(counts: dict[str, NDArray[np.int64]], confidence: float) -> dict[str, Any]:
    """Counts, and what is divided of them."""
    whole, followed = counts["observable"], counts["followed"]
    shares = rate("fcr", whole - followed, whole, confidence)
    return {**counts, **shares, "repeat_rate": divided(followed, whole)}


def _joined(
    series: Any,
    order: Sequence[NDArray[Any]],
    valid: NDArray[np.bool_],
    answered: NDArray[np.bool_],
    people: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """The first row of each contact, and for it whether any was answered and the first key.

    `order` sorts the rows of a contact, its last column first, and leaves no ties that matter.
    """
    named = groups.coded(series)
    # A dash or an empty text names no contact: such a row is one of its own.
    unnamed = np.append([not simple(str(value)) for value in named.distinct], True)
    alone = unnamed[named.codes]
    rows = np.flatnonzero(valid & ~alone)
    contacts = named.codes[rows]
    sorting = np.lexsort((*(column[rows] for column in order), contacts))
    rows, contacts = rows[sorting], contacts[sorting]
    begins = np.append(True, contacts[1:] != contacts[:-1])[: rows.size]
    number = np.cumsum(begins) - 1
    heads = rows[begins]
    first = valid & alone
    first[heads] = True
    any_answered = answered.copy()
    any_answered[heads] = np.bincount(number[answered[rows]], minlength=heads.size) > 0
    keyed = people[rows] >= 0
    with_key, where = np.unique(number[keyed], return_index=True)
    first_key = people.copy()
    first_key[heads[with_key]] = people[rows[keyed][where]]
    return first, any_answered, first_key


def _followed(
    thread: NDArray[np.int64],
    instants: NDArray[np.int64],
    repeat: NDArray[np.bool_],
    judge: NDArray[np.bool_],
    window: int,
) -> NDArray[np.bool_]:
    """Whether a later contact of the same thread comes within the window."""
    followed = np.zeros(thread.size, bool)
    if not repeat.any():
        return followed
    # Thread and moment in one number, which sorts as the pair does.
    moments, rank = np.unique(instants, return_inverse=True)
    place = thread * moments.size + rank
    candidates = np.sort(place[repeat])
    judged = np.flatnonzero(judge)
    # The first candidate that is later than the contact itself.
    after = np.searchsorted(candidates, place[judged], side="right")
    found = after < candidates.size
    following = candidates[np.minimum(after, candidates.size - 1)]
    found &= following // moments.size == thread[judged]
    gap = moments[following % moments.size] - instants[judged]
    followed[judged] = found & (gap <= window)
    return followed


#: Hardly any word has such a digit, and most numbers do.
_DIGIT = re.compile("[1-9]")


@functools.cache
def _words() -> frozenset[str]:
    languages = written_in("callstats.kpi.calls", "withheld.toml")
    return frozenset(simple(word) for text in languages.values() for word in listed(text))


def withheld(values: Sequence[Any]) -> NDArray[np.bool_]:
    """Which of the values stand for no caller in particular.

    A known word for it, nothing but zeros, or nothing but punctuation.

    >>> withheld(["Anonymous", "未知", "0", 0.0, "-", "c0", "+49 30 1234"]).tolist()
    [True, True, True, True, True, False, False]
    """
    words = _words()
    with_digits = {word for word in words if _DIGIT.search(word)}

    def is_withheld(value: Any) -> bool:
        text = str(value)
        if _DIGIT.search(text):
            return text.lstrip("+") in with_digits
        plain = simple(text)
        return not plain.strip("0") or plain in words

    return np.array([is_withheld(value) for value in values], dtype=bool)
