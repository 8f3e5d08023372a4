"""Statistics with a published source and golden numbers, one file each; nothing here knows of customers."""
