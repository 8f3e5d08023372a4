"""The shelf of models: one file, one thing that is learned from the lake; the folder is the list (contract: ``kundig.model``)."""
