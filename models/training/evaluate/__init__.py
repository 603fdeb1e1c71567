"""Figures of the classifiers through the shipped pipeline, and their drawings."""
