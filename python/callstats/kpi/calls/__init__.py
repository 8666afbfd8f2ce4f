"""Key figures of calls: the log, what is counted, and what comes of it."""
