"""The classifier that ships: three classes from one square crop."""
