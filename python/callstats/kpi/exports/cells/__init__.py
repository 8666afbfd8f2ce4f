"""Cells of exports: clocks, durations, numbers and their units."""
