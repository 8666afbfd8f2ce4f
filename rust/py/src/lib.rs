//! `callstats._core`: the Rust core for Python. Private; `python/callstats/_core.pyi` is its face.
//!
//! We release the interpreter for work above about a millisecond. While it is released the caller's
//! arrays are read in place, so nobody may write to them meanwhile; every 20 ms the calling thread
//! looks for signals, so that Ctrl-C ends a long call. Worker threads are scoped: none outlives a call,
//! and a forked process computes as its parent did.
//!
//! Python floats and integers become f64. float64, float32, int64 and int32 arrays of any shape and
//! strides are borrowed read-only and widened a block at a time; other types are cast by the Python
//! layer. Results are new C-ordered float64 arrays, or the caller's `out`.

use pyo3::prelude::*;

mod compare;
mod convert;
mod day;
mod elementwise;
mod erlang;
mod error;
mod forecast;
mod intervals;
mod kpi;
mod qa;
mod quantiles;
mod run;
mod schedules;
mod simulate;
mod staffing;

#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::{PyDict, PyTuple};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use super::compare::{
        adjust_p, alike_pairs, change, change_point, change_sd, cluster_variance, fair_splits,
        fit_series, growth, most_alike, permute, pilot_effects, power, rank_test, series_placebos,
        smallest_effect, team_tests, teams_needed, welch_test,
    };

    #[pymodule_export]
    use super::qa::scores::agreement::RatingTable;

    #[pymodule_export]
    use super::qa::samples::allocation::allocate;

    #[pymodule_export]
    use super::qa::scores::control::{
        attribute_chart, cusum, ewma, funnel, group_charts, individuals_chart, run_rules,
    };

    #[pymodule_export]
    use super::day::{day_evaluate, day_factors, day_required, factor_quantiles};

    #[pymodule_export]
    use super::erlang::{
        abandonment, asa, blocking, general_settling, general_stretch, load, load_with_redials,
        mean_wait, mean_wait_abandoned, measures, occupancy, queue_length, service_level, table,
        trunk_load, wait_probability, wait_quantile, wait_survival,
    };

    #[pymodule_export]
    use super::forecast::{
        forecast_benchmark, forecast_bounds, forecast_fit, forecast_misfits,
        forecast_poisson_deviation, forecast_predict, forecast_profiles, forecast_revise,
        forecast_smallest_gap,
    };

    #[pymodule_export]
    use super::erlang::beyond::{
        blended, blended_jobs, delayed_redials, load_with_retries, wide_measure, wide_measures,
        wide_quantile, wide_survival, wide_table, wide_trunk_load,
    };

    #[pymodule_export]
    use super::qa::scores::estimation::estimate;
    #[pymodule_export]
    use super::qa::scores::shrinkage::{shrunken_means, trends};

    #[pymodule_export]
    use super::intervals::{
        difference_interval, fisher_test, paired_interval, pooled_test, proportion_interval,
        rate_interval, rate_ratio_interval, rate_ratio_test,
    };

    #[pymodule_export]
    use super::kpi::agents::{kpi_concurrency, kpi_split_states};
    #[pymodule_export]
    use super::kpi::calls::{
        kpi_count_quantiles, kpi_gini_terms, kpi_look_up, kpi_nanoseconds, kpi_rates,
        kpi_seasonal_errors, kpi_seconds_of_words, kpi_span, kpi_sum_words, kpi_sums, kpi_tally,
        kpi_wait_counts,
    };
    #[pymodule_export]
    use super::kpi::drivers::kpi_drivers;
    #[pymodule_export]
    use super::kpi::numbering::{kpi_interval_starts, kpi_number_rows};
    #[pymodule_export]
    use super::kpi::patience::{kpi_curves, kpi_hazard, kpi_patience};

    #[pymodule_export]
    use super::quantiles::{limit_factors, normal_quantile, student_quantiles};

    #[pymodule_export]
    use super::qa::samples::sample_size::{
        margin_of_error, power_of_means, power_of_proportions, sample_size,
    };

    #[pymodule_export]
    use super::qa::samples::identities::{hash_names, number_names, renumber};
    #[pymodule_export]
    use super::qa::samples::sampling::{column_levels, draw_candidates, draw_sample, ids_repeat};

    #[pymodule_export]
    use super::schedules::{counters_plan, hiring_path, roster_check};

    #[pymodule_export]
    use super::simulate::{Simulation, fit_times};

    #[pymodule_export]
    use super::staffing::{
        add_shrinkage, certain_agents, combine_shrinkage, goal_probability, gross_up,
        max_line_load, max_load, plan, plan_reasons, required_agents, required_lines,
        required_reserved, wide_max_load, wide_plan, wide_required_agents, wide_required_lines,
    };

    /// Publishes the names of every elementwise function's columns, in order.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let columns = PyDict::new(module.py());
        for topic in [
            super::compare::COLUMNS,
            super::erlang::COLUMNS,
            super::erlang::beyond::COLUMNS,
            super::intervals::COLUMNS,
            super::qa::samples::sample_size::COLUMNS,
            super::staffing::COLUMNS,
        ] {
            for (function, names) in topic {
                columns.set_item(function, PyTuple::new(module.py(), *names)?)?;
            }
        }
        module.add("COLUMNS", columns)
    }
}
