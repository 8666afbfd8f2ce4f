//! What a replication adds up: by call type and period of arrival, by agent group and period.

use super::model::Model;

/// Columns of a call type. Counts and waits belong to the period of arrival; `QUEUE` and `ORBIT` are
/// person-seconds and belong to the period in which they pass. `LINES` to `LINES_MOST` and
/// `COST_OF_ALL` are known of all types together alone.
pub(super) mod of_type {
    pub(in super::super) const OFFERED: usize = 0;
    pub(in super::super) const FIRST: usize = 1;
    pub(in super::super) const FIRST_BLOCKED: usize = 2;
    pub(in super::super) const BLOCKED: usize = 3;
    pub(in super::super) const ACCEPTED: usize = 4;
    pub(in super::super) const ANSWERED: usize = 5;
    pub(in super::super) const WITHIN: usize = 6;
    pub(in super::super) const ABANDONED: usize = 7;
    pub(in super::super) const UNSERVED: usize = 8;
    pub(in super::super) const CALLBACK: usize = 9;
    pub(in super::super) const PASSED_UP: usize = 10;
    pub(in super::super) const WAITED: usize = 11;
    pub(in super::super) const WAIT: usize = 12;
    pub(in super::super) const WAIT_ANSWERED: usize = 13;
    pub(in super::super) const HANDLE: usize = 14;
    pub(in super::super) const QUEUE: usize = 15;
    pub(in super::super) const ORBIT: usize = 16;
    pub(in super::super) const SECONDS: usize = 17;
    pub(in super::super) const LINES: usize = 18;
    pub(in super::super) const LINES_FULL: usize = 19;
    pub(in super::super) const LINES_MOST: usize = 20;
    pub(in super::super) const COST: usize = 21;
    pub(in super::super) const COST_OF_ALL: usize = 22;
    pub(in super::super) const COLUMNS: usize = 23;
}

/// Columns of an agent group, in the period in which the time passes. A slot is a contact that an
/// agent may have.
pub(super) mod of_group {
    pub(in super::super) const BUSY: usize = 0;
    pub(in super::super) const ACTIVE: usize = 1;
    pub(in super::super) const OVERTIME: usize = 2;
    pub(in super::super) const SLOTS: usize = 3;
    pub(in super::super) const AGENTS: usize = 4;
    pub(in super::super) const ANSWERED: usize = 5;
    pub(in super::super) const SECONDS: usize = 6;
    pub(in super::super) const COST: usize = 7;
    pub(in super::super) const COLUMNS: usize = 8;
}

pub(super) type TypeSums = [f64; of_type::COLUMNS];
pub(super) type GroupSums = [f64; of_group::COLUMNS];

/// What costs what: a lost call and a second of waiting by type, a second on duty by group.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    types: Vec<[f64; 2]>,
    groups: Vec<f64>,
}

impl Costs {
    pub(super) fn of(model: &Model) -> Self {
        Self {
            types: model.types.iter().map(|kind| kind.costs).collect(),
            groups: model.groups.iter().map(|group| group.cost).collect(),
        }
    }

    /// Writes the costs of each cell of `periods` periods, then those of all types and all groups.
    fn write(&self, types: &mut [TypeSums], groups: &mut [GroupSums], periods: usize) {
        let cells = periods + 1;
        for (index, &[lost, waiting]) in self.types.iter().enumerate() {
            for cell in 0..cells {
                let sums = &mut types[index * cells + cell];
                let calls =
                    sums[of_type::ABANDONED] + sums[of_type::BLOCKED] + sums[of_type::UNSERVED];
                // What costs nothing does so for ever.
                let wait = if waiting > 0.0 { waiting * sums[of_type::WAIT] } else { 0.0 };
                sums[of_type::COST] = lost * calls + wait;
                let cost = sums[of_type::COST];
                types[self.types.len() * cells + cell][of_type::COST] += cost;
            }
        }
        for (index, cost) in self.groups.iter().enumerate() {
            for cell in 0..cells {
                let sums = &mut groups[index * cells + cell];
                sums[of_group::COST] = cost * sums[of_group::AGENTS];
                let cost = sums[of_group::COST];
                groups[self.groups.len() * cells + cell][of_group::COST] += cost;
            }
        }
        let all_types = types[self.types.len() * cells..].iter_mut();
        for (sums, agents) in all_types.zip(&groups[self.groups.len() * cells..]) {
            sums[of_type::COST_OF_ALL] = sums[of_type::COST] + agents[of_group::COST];
        }
    }
}

/// Line-seconds, seconds in which all lines were held, the most that were held at a time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineSums {
    pub(super) held: f64,
    pub(super) full: f64,
    pub(super) most: f64,
}

impl LineSums {
    pub(super) fn add(&mut self, more: Self) {
        self.held += more.held;
        self.full += more.full;
        self.most = self.most.max(more.most);
    }
}

/// The sums of one replication.
///
/// Period 0 is what passes before the first edge and the last one what passes after the last edge:
/// neither is reported.
#[derive(Debug, Clone)]
pub(super) struct PeriodSums {
    pub(super) edges: Vec<f64>,
    types: Vec<TypeSums>,
    groups: Vec<GroupSums>,
    /// By period.
    lines: Vec<LineSums>,
    kinds: usize,
    group_count: usize,
}

/// The sums of one replication, cell after cell: (types, then all) by (periods, then all).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CellSums {
    pub(super) types: Vec<TypeSums>,
    pub(super) groups: Vec<GroupSums>,
}

impl PeriodSums {
    /// Nothing yet, for `kinds` types and `group_count` groups in the periods between `edges`.
    pub(super) fn new(edges: Vec<f64>, kinds: usize, group_count: usize) -> Self {
        let periods = edges.len() + 1;
        Self {
            edges,
            types: vec![[0.0; of_type::COLUMNS]; periods * kinds],
            groups: vec![[0.0; of_group::COLUMNS]; periods * group_count],
            lines: vec![LineSums::default(); periods],
            kinds,
            group_count,
        }
    }

    pub(super) fn clear(&mut self) {
        self.types.fill([0.0; of_type::COLUMNS]);
        self.groups.fill([0.0; of_group::COLUMNS]);
        self.lines.fill(LineSums::default());
    }

    #[inline(always)]
    pub(super) fn of_type(&mut self, kind: usize, period: u32) -> &mut TypeSums {
        &mut self.types[period as usize * self.kinds + kind]
    }

    #[inline(always)]
    pub(super) fn of_group(&mut self, group: usize, period: u32) -> &mut GroupSums {
        &mut self.groups[period as usize * self.group_count + group]
    }

    pub(super) fn of_lines(&mut self, period: u32) -> &mut LineSums {
        &mut self.lines[period as usize]
    }

    /// Adds the seconds from `from`, which lies in `period`, to `until` to the periods they pass in.
    #[inline(always)]
    pub(super) fn span(
        &mut self,
        kind: usize,
        column: usize,
        mut from: f64,
        until: f64,
        mut period: u32,
    ) {
        while let Some(&edge) = self.edges.get(period as usize)
            && edge < until
        {
            self.of_type(kind, period)[column] += edge - from;
            from = edge;
            period += 1;
        }
        self.of_type(kind, period)[column] += until - from;
    }

    /// Whether a period lies between the edges.
    pub(super) fn reports(&self, period: u32) -> bool {
        (1..self.edges.len() as u32).contains(&period)
    }

    /// The period of an instant.
    pub(super) fn period(&self, time: f64) -> u32 {
        self.edges.partition_point(|&edge| edge <= time) as u32
    }

    pub(super) fn cells(&self, costs: &Costs) -> CellSums {
        let periods = self.edges.len() - 1;
        let lengths: Vec<f64> = self.edges.windows(2).map(|edge| edge[1] - edge[0]).collect();
        let mut types = roll_up(&self.types, self.kinds, periods);
        let mut groups = roll_up(&self.groups, self.group_count, periods);
        let whole = lengths.iter().sum::<f64>();
        let seconds = |cell: usize| lengths.get(cell % (periods + 1)).copied().unwrap_or(whole);
        for (cell, sums) in types.iter_mut().enumerate() {
            sums[of_type::SECONDS] = seconds(cell);
        }
        for (cell, sums) in groups.iter_mut().enumerate() {
            sums[of_group::SECONDS] = seconds(cell);
        }
        let by_period = &self.lines[1..=periods];
        let mut whole = LineSums::default();
        for &lines in by_period {
            whole.add(lines);
        }
        let of_all = &mut types[self.kinds * (periods + 1)..];
        for (sums, lines) in of_all.iter_mut().zip(by_period.iter().chain([&whole])) {
            sums[of_type::LINES] = lines.held;
            sums[of_type::LINES_FULL] = lines.full;
            sums[of_type::LINES_MOST] = lines.most;
        }
        costs.write(&mut types, &mut groups, periods);
        CellSums { types, groups }
    }
}

/// `sums` by period and kind as cells by kind and period, with the totals over either at their ends.
fn roll_up<const N: usize>(sums: &[[f64; N]], kinds: usize, periods: usize) -> Vec<[f64; N]> {
    let mut cells = vec![[0.0; N]; (kinds + 1) * (periods + 1)];
    for period in 0..periods {
        for kind in 0..kinds {
            let added = &sums[(period + 1) * kinds + kind];
            for k in [kind, kinds] {
                for p in [period, periods] {
                    let cell = &mut cells[k * (periods + 1) + p];
                    cell.iter_mut().zip(added).for_each(|(sum, more)| *sum += more);
                }
            }
        }
    }
    cells
}
