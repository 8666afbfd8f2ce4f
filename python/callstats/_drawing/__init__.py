"""How pictures look and speak: for `callstats.plots` and for topics that draw what they compute."""
