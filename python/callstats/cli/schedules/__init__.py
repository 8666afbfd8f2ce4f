"""Commands that plan people: shifts, rosters, counters, hiring."""
