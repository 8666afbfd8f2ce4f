"""A fitted model in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats._tables.checks import one_of
from callstats.forecast.history import NS

if TYPE_CHECKING:
    from callstats.forecast.fitting import Fitted

_SENTENCES: Final[dict[str, str]] = {
    "en": """
{queues} queues, intervals of {minutes:g} minutes, days up to {last}; {ordinary} ordinary days.
A day's volume is a level that follows the last weeks, times the effect of its weekday{month}{year}.
Special days in the history: {kinds}. They take no part in the profile.
A day's profile is that of its weekday, drawn to the other weekdays where chance explains the rest.
In the profile a day {half_life:g} days old weighs half.
Sixteen variants are weighed by how well they foretold each next day.
A day more than three standard deviations off counts as three.
Bounds hold the error of the day's level, what varies within the day, and the chance of counts.
""",
    # Chinese punctuation is meant.
    "zh": """
共 {queues} 个队列，时段长 {minutes:g} 分钟，历史到 {last} 为止；普通日共 {ordinary} 天。
一天的话务量 = 随最近几周变动的水平 × 星期效应{month}{year}。
历史中的特殊日：{kinds}。它们不参与日内分布的估计。
日内分布按星期估计，并按随机误差能解释的程度向其他星期收缩。
在日内分布中，{half_life:g} 天前的一天权重减半。
十六种变体按其对次日的预测好坏加权。
偏离超过三个标准差的一天只按三个标准差计。
区间包含日水平的误差、日内的波动以及计数本身的随机性。
""",  # noqa: RUF001
}
_WORDS: Final = {
    "en": {
        "month": ", of its position in the month",
        "year": ", of its position in the year",
        "none": "none",
    },
    "zh": {"month": " × 月内位置效应", "year": " × 年内位置效应", "none": "无"},  # noqa: RUF001
}


def explained(model: Fitted, language: Any) -> str:
    """The sentences, with this model's figures."""
    one_of("language", language, tuple(_SENTENCES))
    words = _WORDS[language]
    figures = {
        "queues": len(model.queues),
        "minutes": model.step / NS / 60,
        "last": np.datetime64(model.last_day, "D"),
        "ordinary": int(model.models["ordinary"].sum()),
        "month": words["month"] if model.month else "",
        "year": words["year"] if model.year else "",
        "kinds": ", ".join(model.kinds) or words["none"],
        "half_life": model.half_life,
    }
    return _SENTENCES[language].strip().format(**figures)
