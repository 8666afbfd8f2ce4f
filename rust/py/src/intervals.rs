//! Confidence intervals and tests of shares and rates.

use callstats_core::domain::{
    BOTH, CONFIDENCE, EVENTS, EXPOSURE, FIRST_ONLY, NEITHER, POPULATION, SECOND_ONLY, SUCCESSES,
    TRIALS,
};
use callstats_core::grid::each_cell;
use callstats_core::intervals::{self, ProportionMethod, Test};
use pyo3::prelude::*;

use crate::convert::Choice;
use crate::elementwise::elementwise;

elementwise! {
    proportion_interval(
        method: Choice<ProportionMethod>;
        successes: SUCCESSES, trials: TRIALS, population: POPULATION, confidence: CONFIDENCE
    ) -> searched_list = each_cell(move |[successes, trials, population, confidence]| {
        intervals::proportion(method.0, successes, trials, population, confidence)
    });
    rate_interval(; events: EVENTS, exposure: EXPOSURE, confidence: CONFIDENCE) -> list
        = each_cell(|[events, exposure, confidence]| {
            intervals::garwood(events, exposure, confidence)
        });
    difference_interval(;
        first_successes: SUCCESSES, first_trials: TRIALS, second_successes: SUCCESSES,
        second_trials: TRIALS, confidence: CONFIDENCE
    ) -> list = each_cell(|cell| Ok(intervals::difference(cell)));
    paired_interval(;
        both: BOTH, first_only: FIRST_ONLY, second_only: SECOND_ONLY, neither: NEITHER,
        confidence: CONFIDENCE
    ) -> list = each_cell(|cell| Ok(intervals::paired_difference(cell)));
    rate_ratio_interval(;
        first_events: EVENTS, first_exposure: EXPOSURE, second_events: EVENTS,
        second_exposure: EXPOSURE, confidence: CONFIDENCE
    ) -> list = each_cell(intervals::rate_ratio);
    rate_ratio_test(
        method: Choice<Test>;
        first_events: EVENTS, first_exposure: EXPOSURE, second_events: EVENTS,
        second_exposure: EXPOSURE
    ) = each_cell(move |cell| Ok([intervals::rate_ratio_test(method.0, cell)]));
    pooled_test(;
        first_successes: SUCCESSES, first_trials: TRIALS, second_successes: SUCCESSES,
        second_trials: TRIALS
    ) = each_cell(|cell| Ok([intervals::pooled_test(cell)]));
    fisher_test(;
        first_successes: SUCCESSES, first_trials: TRIALS, second_successes: SUCCESSES,
        second_trials: TRIALS
    ) -> searched = each_cell(|cell| Ok([intervals::fisher_test(cell)?]));
}
