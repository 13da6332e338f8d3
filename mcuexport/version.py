"""The version, in one place; packaging and generated files read it."""

VERSION = "0.1.0"
