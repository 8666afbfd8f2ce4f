"""Which recordings are evaluated, and by whom."""
