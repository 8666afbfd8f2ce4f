"""Quality samples: which recordings, how many, and what they say about all of them."""

from __future__ import annotations

from callstats.qa.sampling import SampleReport, sample, sample_report

__all__ = ["SampleReport", "sample", "sample_report"]
