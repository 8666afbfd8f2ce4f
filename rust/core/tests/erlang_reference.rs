//! Every measure of Erlang B, C and A against the table of high-precision values.

mod table;

use callstats_core::erlang::{Definition, Queue, System};
use table::Row;

/// Relative error that the kernels may add to what rounding the inputs costs.
const TOLERANCE: f64 = 1e-12;
/// Both sides below this are equal: the exponent of the smallest values has few digits left.
const TINY: f64 = 1e-290;

fn system(row: &Row) -> System {
    let (rate, aht) = (row.number("lambda_per_s"), row.number("aht_s"));
    let load = rate * aht;
    System {
        agents: row.number("agents"),
        load,
        load_low: rate.mul_add(aht, -load),
        aht,
        patience: match row.text("model") {
            "B" => 0.0,
            "C" => f64::INFINITY,
            _ => row.number("patience_s"),
        },
    }
}

/// Compares `measure` with a column in all rows where that is not empty.
///
/// `condition` names the column with the measure's condition number; without one the greatest of the
/// four that the table has stands in for it.
fn check(column: &str, condition: Option<&str>, measure: impl Fn(&Queue, &Row) -> f64) {
    let mut compared = 0;
    for row in table::rows("erlang_reference.csv") {
        let Some(expected) = row.optional(column) else { continue };
        let got = measure(&Queue::new(&system(&row)), &row);
        compared += 1;
        if got == expected || (got.abs() < TINY && expected.abs() < TINY) {
            continue;
        }
        let all = ["cond_p_wait", "cond_p_loss", "cond_service_level", "cond_mean_wait"];
        let condition = all
            .iter()
            .filter(|name| condition.is_none_or(|one| one == **name))
            .map(|name| row.number(name))
            .fold(0.0, f64::max);
        let allowed = TOLERANCE + 8.0 * 0.5 * f64::EPSILON * condition;
        let error = (got / expected - 1.0).abs();
        assert!(
            error <= allowed,
            "{column}: got {got:e}, expected {expected:e}; error {error:.1e}, allowed {allowed:.1e} in {row:?}"
        );
    }
    assert!(compared > 300, "{column}: {compared} rows compared");
}

fn is_loss(row: &Row) -> bool {
    row.text("model") == "B"
}

#[test]
fn wait_probability() {
    // The table calls those who find all agents busy in Erlang B blocked, not waiting.
    check(
        "p_wait",
        Some("cond_p_wait"),
        |queue, row| {
            if is_loss(row) { 0.0 } else { queue.wait_probability() }
        },
    );
    check("p_block", Some("cond_p_loss"), |queue, row| {
        if is_loss(row) { queue.wait_probability() } else { 0.0 }
    });
    check("p_immediate", None, |queue, _| queue.wait().q);
}

#[test]
fn abandonment() {
    check(
        "p_abandon",
        Some("cond_p_loss"),
        |queue, row| {
            if is_loss(row) { 0.0 } else { queue.abandonment() }
        },
    );
}

#[test]
fn service_level_by_every_definition() {
    let level = |column, condition, definition| {
        check(column, condition, |queue, row| {
            queue.service_level(row.number("threshold_s"), definition).value()
        });
    };
    level("service_level", Some("cond_service_level"), Definition::Offered);
    level("sl_answered_or_late_abandon", None, Definition::ExcludeAbandonedWithin);
    level("sl_of_answered", None, Definition::Answered);
    level("p_wait_le_t", None, Definition::CountAbandonedWithin);
}

#[test]
fn waits() {
    check("p_wait_gt_t", None, |queue, row| queue.wait_survival(row.number("threshold_s")));
    check("mean_wait_s", Some("cond_mean_wait"), |queue, _| queue.mean_wait());
    check("mean_wait_served_s", None, |queue, _| queue.asa());
    check("mean_wait_abandoned_s", None, |queue, _| queue.mean_wait_abandoned());
    check("mean_queue", Some("cond_mean_wait"), |queue, _| queue.queue_length());
}

#[test]
fn occupancy() {
    check("occupancy", None, |queue, _| queue.occupancy());
}

#[test]
fn wait_quantiles() {
    check("wait_q80_s", None, |queue, _| queue.wait_quantile(0.8).unwrap());
    check("wait_q95_s", None, |queue, _| queue.wait_quantile(0.95).unwrap());
}
