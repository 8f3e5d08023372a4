"""One memory of a person over all channels, found by any identifier. No tables: the lake holds it."""
