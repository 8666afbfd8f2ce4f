//! Sample sizes and margins.

use callstats_core::domain::{
    CONFIDENCE, DESIGN_EFFECT, DIFFERENCE, MARGIN, N, POPULATION, POWER, PROPORTIONS, RESPONSE, SD,
};
use callstats_core::grid::each_cell;
use callstats_core::qa::samples::sample_size::{Formula, power_means, power_proportions, rounding};
use pyo3::prelude::*;

use crate::convert::Name;
use crate::elementwise::elementwise;
use crate::error::convert;

/// The formula that the public arguments name: spread, level, fpc and method.
#[derive(Clone, Copy)]
pub(crate) struct Named(Formula);

impl FromPyObject<'_, '_> for Named {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let (spread, level, fpc, method): (Name, Name, Name, Name) = object.extract()?;
        let formula = Formula::named(&spread, &level, &fpc, &method);
        formula.map(Self).map_err(|failure| convert(object.py(), &failure))
    }
}

elementwise! {
    sample_size(
        formula: Named, rounded: bool;
        margin: MARGIN, spread: *formula.0.spread(), level: *formula.0.level(),
        population: POPULATION, design_effect: DESIGN_EFFECT, response: RESPONSE
    ) = each_cell(move |cell| Ok([rounding(rounded)(formula.0.size(cell)?)]));
    margin_of_error(
        formula: Named;
        n: N, spread: *formula.0.spread(), level: *formula.0.level(), population: POPULATION,
        design_effect: DESIGN_EFFECT, response: RESPONSE
    ) = each_cell(move |cell| Ok([formula.0.margin(cell)?]));
    power_of_means(
        groups: f64, rounded: bool;
        difference: DIFFERENCE, sd: SD, power: POWER, confidence: CONFIDENCE
    ) = each_cell(move |cell| Ok([rounding(rounded)(power_means(groups, cell))]));
    power_of_proportions(
        rounded: bool;
        first: PROPORTIONS, second: PROPORTIONS, power: POWER, confidence: CONFIDENCE
    ) = each_cell(move |cell| Ok([rounding(rounded)(power_proportions(cell))]));
}
