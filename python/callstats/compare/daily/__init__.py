"""Days: series that drift, periods, and curves of a share."""
