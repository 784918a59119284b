"""A terminal companion to Harvard's CS 229br, Foundations of Deep Learning."""

__version__ = "0.1.0"
