"""The import wizard: a file comes in slices, is read, mapped, previewed and poured; what did not fit is mended and replayed."""
