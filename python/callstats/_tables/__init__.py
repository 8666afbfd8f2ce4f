"""What every topic reads tables and arguments with. Knows no topic."""
