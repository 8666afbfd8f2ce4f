"""Forecasts of real centres, made again and again, beside what else there is.

``python examples/forecast_accuracy.py DATA [--peers] [--series NAME ...]``: DATA is a folder that
holds the sets ``anonymous_bank_6min``, ``anonymous_bank_1999`` and ``bank_calls_5min``. Every
forecast knows what came before its origin, and the calendar. Peers need ``pip install statsforecast
prophet``, in an environment of their own: they pin pandas below 3, with which callstats runs too.
"""

from __future__ import annotations

import argparse
import logging
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from callstats import forecast

LEADS = {"day 1": (1, 1), "week 1": (1, 7), "week 4": (22, 28)}
HORIZON = 28
DAY = pd.Timedelta(days=1)
#: Holidays, their eves and an election of 1999 in Israel, with the weekday that each is like.
CALENDAR = {
    ("purim", "friday"): ["03-02"],
    ("eve", "friday"): ["03-31", "04-06", "04-20", "05-20", "09-10", "09-19", "09-24"],
    ("holiday", "saturday"): [
        "04-01", "04-07", "04-21", "05-21", "09-11", "09-12", "09-20", "09-25",
    ],
    ("election", "saturday"): ["05-17"],
    ("fast", "thursday"): ["07-22"],
}  # fmt: skip
#: Not in the records, or made up by those who published them.
NO_DATA = pd.to_datetime(["1999-01-11", "1999-01-12", "1999-05-23"])
#: Types of calls of the bank: regular, stock trading, prospective customers, internet support.
QUEUES = {"queue of 17": "PS", "queue of 2.0": "NE", "queue of 4.2": "NW", "queue of 0.3": "IN"}


def israeli_days() -> pd.DataFrame:
    """The calendar as a frame of special days."""
    rows = [(pd.Timestamp(f"1999-{day}"), *key) for key, days in CALENDAR.items() for day in days]
    return pd.DataFrame(rows, columns=["date", "kind", "like"])


def bank(data: Path, months: range) -> pd.DataFrame:
    """Half hours of the bank, all calls."""
    table = pd.read_csv(next((data / "anonymous_bank_6min").glob("*.csv.gz")))
    start = pd.to_datetime(table["date"]) + pd.to_timedelta(table["slot"] // 5 * 30, unit="min")
    return counted(start[start.dt.month.isin(months)], table["calls"])


def queue(data: Path, kind: str) -> pd.DataFrame:
    """Half hours of one type of calls, January to May."""
    parts = []
    for month in range(1, 6):
        path = data / "anonymous_bank_1999" / f"1999-{month:02}.tsv.gz"
        table = pd.read_csv(path, sep="\t", dtype=str, quoting=3, on_bad_lines="skip")
        table = table[table["type"].str.strip() == kind]
        date = pd.to_datetime("19" + table["date"], format="%Y%m%d")
        parts.append(date + pd.to_timedelta(table["vru_entry"]))
    starts = pd.concat(parts).dt.floor("30min")
    days = pd.date_range("1999-01-01", "1999-05-31 23:30", freq="30min")
    # Open around the clock: half hours without calls are rows of 0.
    return counted(pd.Series([*starts, *days]), pd.Series([1] * len(starts) + [0] * len(days)))


def big_centre(data: Path) -> pd.DataFrame:
    """Half hours of the North American bank, weekdays."""
    table = pd.read_csv(next((data / "bank_calls_5min").glob("*.csv.gz")))
    return counted(pd.to_datetime(table["datetime"]).dt.floor("30min"), table["calls"])


def counted(start: pd.Series[Any], calls: pd.Series[Any]) -> pd.DataFrame:
    """Calls by half hour, without the days of which there are no data."""
    sums = calls.loc[start.index].groupby(start).sum()
    table = pd.DataFrame({"queue": "q", "start": sums.index, "volume": sums.to_numpy(float)})
    return table[~table["start"].dt.normalize().isin(NO_DATA)].reset_index(drop=True)


def all_series(data: Path) -> dict[str, tuple[pd.DataFrame, Any, int, int]]:
    """Each series with its calendar, days before the first origin, and from one to the next."""
    special = israeli_days()
    # A step that seven does not divide, so that origins are of all weekdays.
    found = {
        "bank, Jan-May": (bank(data, range(1, 6)), special, 56, 4),
        "bank, Jul-Sep": (bank(data, range(7, 10)), special, 28, 2),
        "big centre": (big_centre(data), None, 56, 4),
    }
    return found | {name: (queue(data, kind), special, 56, 4) for name, kind in QUEUES.items()}


class Days:
    """A history as a matrix of days and slots, special days replaced by the usual weekday's."""

    def __init__(self, history: pd.DataFrame, special: Any) -> None:
        day = history["start"].dt.normalize()
        seconds = (history["start"] - day).dt.total_seconds()
        matrix = history.assign(day=day, slot=seconds).pivot_table(
            index="day", columns="slot", values="volume"
        )
        dates = pd.to_datetime([]) if special is None else pd.DatetimeIndex(special["date"])
        ordinary = ~matrix.index.isin(dates)
        usual = matrix[ordinary]
        for date in matrix.index[~ordinary]:
            same = usual[usual.index.day_of_week == date.day_of_week]
            nearest = np.abs((same.index - date).days).argsort()[:4]
            matrix.loc[date] = same.iloc[nearest].mean()
        self.matrix = matrix.ffill().bfill()
        self.weekdays = self.matrix.index.day_of_week.to_numpy()
        last = self.matrix.index[-1]
        later = pd.date_range(last + pd.Timedelta(days=1), periods=HORIZON)
        self.later = later[later.day_of_week.isin(set(self.weekdays))]

    def profiles(self) -> np.ndarray:
        """Shares of the days to come: those of the last eight of the weekday."""
        shares = []
        for weekday in self.later.day_of_week:
            last = self.matrix[self.weekdays == weekday].iloc[-8:].sum()
            shares.append(last / last.sum())
        return np.array(shares)


def of_days(days: Days, totals: np.ndarray) -> np.ndarray:
    """Day totals over the profile."""
    return totals[:, None] * days.profiles()


def auto_ets(days: Days) -> dict[str, np.ndarray]:
    """AutoETS of day totals."""
    from statsforecast.models import AutoETS

    week = len(set(days.weekdays))
    said = AutoETS(season_length=week).forecast(
        days.matrix.sum(axis=1).to_numpy(), h=len(days.later)
    )
    return {"volume": of_days(days, said["mean"])}


def prophet(days: Days) -> dict[str, np.ndarray]:
    """Prophet of day totals: trend and week."""
    from prophet import Prophet

    table = pd.DataFrame({"ds": days.matrix.index, "y": days.matrix.sum(axis=1).to_numpy()})
    model = Prophet(daily_seasonality=False, yearly_seasonality=False, weekly_seasonality=True)
    model.fit(table)
    said = model.predict(pd.DataFrame({"ds": days.later}))
    return {"volume": of_days(days, np.maximum(said["yhat"].to_numpy(), 0))}


def mstl(days: Days) -> dict[str, np.ndarray]:
    """MSTL of the half hours, by day and week."""
    from statsforecast.models import MSTL

    slots, week = days.matrix.shape[1], len(set(days.weekdays))
    said = MSTL(season_length=[slots, slots * week]).forecast(
        days.matrix.to_numpy().ravel(), h=len(days.later) * slots, level=[95]
    )
    names = {"volume": "mean", "lower_95": "lo-95", "upper_95": "hi-95"}
    return {ours: np.maximum(said[theirs].reshape(-1, slots), 0) for ours, theirs in names.items()}


def shen_huang(days: Days) -> dict[str, np.ndarray]:
    """Four singular vectors of the root counts; scores by weekday and the day before."""
    roots = np.sqrt(days.matrix.to_numpy() + 0.25)
    left, sizes, vectors = np.linalg.svd(roots, full_matrices=False)
    scores = (left * sizes)[:, :4]
    said = np.empty((len(days.later), scores.shape[1]))
    for k in range(scores.shape[1]):
        dummies = np.eye(7)[days.weekdays[1:]]
        design = np.column_stack((dummies, scores[:-1, k]))
        weights = np.linalg.lstsq(design, scores[1:, k], rcond=None)[0]
        before = scores[-1, k]
        for ahead, weekday in enumerate(days.later.day_of_week):
            before = weights[weekday] + weights[7] * before
            said[ahead, k] = before
    return {"volume": np.maximum((said @ vectors[:4]) ** 2 - 0.25, 0)}


PEERS = {"AutoETS": auto_ets, "Prophet": prophet, "MSTL": mstl, "SVD": shen_huang}


def peers(
    history: pd.DataFrame,
    special: Any,
    ours: pd.DataFrame,
    names: list[str],
    spent: dict[str, list[float]],
) -> pd.DataFrame:
    """Forecasts of the peers from the same origins; processor seconds of each go into `spent`."""
    model = ours[ours["method"] == "model"]
    truth = model.drop_duplicates("start").set_index("start")[["actual", "special"]]
    found = []
    for origin in model["origin"].unique():
        days = Days(history[history["start"] < origin], special)
        seconds = pd.to_timedelta(days.matrix.columns.to_numpy(), unit="s")
        starts = (days.later.to_numpy()[:, None] + seconds.to_numpy()).ravel()
        for name in names:
            began = time.process_time()
            columns = {key: values.ravel() for key, values in PEERS[name](days).items()}
            spent.setdefault(name, []).append(time.process_time() - began)
            part = pd.DataFrame({"method": name, "origin": origin, "start": starts, **columns})
            part["ahead"] = (part["start"].dt.normalize() - origin).dt.days + 1
            found.append(part)
    return pd.concat(found).join(truth, on="start", how="inner")


def scores(forecasts: pd.DataFrame) -> pd.DataFrame:
    """WAPE by interval and day, and interval scores, of ordinary days by method and lead."""
    rows = []
    known = forecasts[forecasts["actual"].notna() & ~forecasts["special"]]
    keys = ["method", "origin", known["start"].dt.normalize()]
    for lead, (low, high) in LEADS.items():
        part = known[known["ahead"].between(low, high)]
        by_day = part.groupby(keys)[["volume", "actual"]].sum()
        for level, table in (("interval", part.set_index("method")), ("day", by_day)):
            off = (table["volume"] - table["actual"]).abs().groupby("method").sum()
            wape = off / table["actual"].groupby("method").sum()
            rows += [(method, level, lead, 100 * value) for method, value in wape.items()]
        below = (part["lower_95"] - part["actual"]).clip(lower=0)
        above = (part["actual"] - part["upper_95"]).clip(lower=0)
        score = part["upper_95"] - part["lower_95"] + 40 * (below + above)
        inside = ((below + above) == 0).where(part["lower_95"].notna()).groupby(part["method"])
        relative = score.groupby(part["method"]).mean() / part["actual"].mean()
        rows += [(method, "score 95", lead, value) for method, value in relative.items()]
        rows += [(method, "covered 95", lead, 100 * v) for method, v in inside.mean().items()]
    table = pd.DataFrame(rows, columns=["method", "level", "lead", "value"])
    return table.pivot_table(index="method", columns=["level", "lead"], values="value")


def weeks(
    history: pd.DataFrame, special: Any, origins: Any, spent: dict[str, list[float]]
) -> pd.DataFrame:
    """How often the bounds of a week's total hold it: the first and the fourth week ahead."""
    days = set() if special is None else set(special["date"])
    came = history.set_index("start")["volume"]
    inside: dict[str, list[list[bool]]] = {"week 1": [], "week 4": []}
    for origin in pd.DatetimeIndex(origins):
        began = time.process_time()
        model = forecast.fit(history[history["start"] < origin], special=special)
        said = forecast.predict(model, f"{HORIZON}D", level=(0.8, 0.95))
        spent.setdefault("model", []).append(time.process_time() - began)
        said["actual"] = came.reindex(said["start"]).to_numpy()
        date = said["start"].dt.normalize()
        ahead = (date - origin).dt.days + 1
        for lead, found in inside.items():
            week = said[ahead.between(*LEADS[lead]) & ~date.isin(days)]
            if not len(week) or week["actual"].isna().any():
                continue
            # Weeks of the calendar begin on Monday: this one shall, too.
            first = origin + (LEADS[lead][0] - 1) * DAY
            week = week.assign(start=week["start"] - first.weekday() * DAY)
            total = forecast.totals(week, freq="W", level=(0.8, 0.95)).iloc[0]
            actual = week["actual"].sum()
            found.append(
                [total[f"lower_{p}"] <= actual <= total[f"upper_{p}"] for p in ("80", "95")]
            )
    rows = [[lead, len(each), *np.mean(each, axis=0)] for lead, each in inside.items() if each]
    return pd.DataFrame(rows, columns=["week's total", "n", "coverage_80", "coverage_95"])


def mornings(history: pd.DataFrame, special: Any, first: int) -> pd.DataFrame:
    """WAPE of the rest of the day by interval: without an update, by the ratio, by evidence."""
    day = history["start"].dt.normalize()
    holidays = set() if special is None else set(special["date"])
    sums: dict[tuple[int, str], list[float]] = {}
    for date in sorted(set(day))[first:]:
        if date in holidays:
            continue
        model = forecast.fit(history[day < date], special=special)
        said = forecast.predict(model, date)
        said = said[said["start"].dt.normalize() == date].reset_index(drop=True)
        came = history[day == date]
        if not len(said):
            continue
        for hour in (10, 12, 14, 16):
            now = date + pd.Timedelta(hours=hour)
            early, rest = came[came["start"] < now], said["start"] >= now
            truth = came.set_index("start")["volume"].reindex(said["start"][rest]).to_numpy()
            so_far = said["volume"][~rest].sum()
            ratio = early["volume"].sum() / so_far if so_far > 0 else 1.0
            updated = forecast.update(said, early, now=now)["volume"][rest].to_numpy()
            none = said["volume"][rest].to_numpy()
            for name, means in (("none", none), ("ratio", none * ratio), ("evidence", updated)):
                own = sums.setdefault((hour, name), [0.0, 0.0])
                own[0] += np.nansum(np.abs(means - truth))
                own[1] += np.nansum(truth)
    hours = sorted({hour for hour, _ in sums})
    wape = {
        name: [100 * sums[hour, name][0] / sums[hour, name][1] for hour in hours]
        for name in ("none", "ratio", "evidence")
    }
    return pd.DataFrame(wape, index=hours)


def main() -> None:
    """Print the tables of each series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="all, or the ones named")
    parser.add_argument("--series", nargs="*")
    parser.add_argument("--no-mornings", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    pd.set_option("display.width", 200, "display.max_columns", 30)
    for name, (history, special, first, step) in all_series(arguments.data).items():
        if arguments.series and name not in arguments.series:
            continue
        table = forecast.backtest(
            history, special=special, first=f"{first}D", step=f"{step}D", level=(0.8, 0.95)
        )
        forecasts = table.forecasts
        spent: dict[str, list[float]] = {}
        totals = weeks(history, special, forecasts["origin"].unique(), spent)
        if arguments.peers is not None:
            chosen = arguments.peers or list(PEERS)
            others = peers(history, special, forecasts, chosen, spent)
            forecasts = pd.concat([forecasts, others], ignore_index=True)
        print(f"\n{name}: {history['volume'].mean():.1f} calls a half hour")
        print(scores(forecasts).round(2).to_string())
        model = table[(table["method"] == "model") & table["lead"].isin([*LEADS, "special"])]
        columns = ["lead", "level", "n", "wape", "bias", "wape_floor", "coverage_80", "coverage_95"]
        print(model[columns].round(3).to_string(index=False))
        print(totals.round(3).to_string(index=False))
        # The median: whoever is first pays for what is loaded or compiled.
        took = ", ".join(f"{tool} {1e3 * np.median(each):.1f}" for tool, each in spent.items())
        print(f"processor milliseconds a forecast: {took}")
        usual = table[(table["method"] == "index") & (table["lead"] == "special")]
        if len(usual):
            print("special days, the usual weekday:", usual["wape"].round(2).tolist())
        if not arguments.no_mornings:
            print(mornings(history, special, first).round(1).to_string(), flush=True)


if __name__ == "__main__":
    main()
