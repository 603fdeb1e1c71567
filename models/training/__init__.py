"""Training of every network that ships. Run its modules from the repository root."""
