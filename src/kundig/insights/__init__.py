"""The shelf of insights: one file, one question to the lake; the folder is the list (contract: ``kundig.insight``)."""
