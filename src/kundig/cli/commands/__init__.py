"""One file, one command; the file's name is the command's (``import_`` for ``import``, which Python keeps for itself)."""
