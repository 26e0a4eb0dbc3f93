"""Structured facts, with their evidence, from the local news pages of the Vietnam Fatherland Front."""

__version__ = "0.1.0"
