"""Who works with kundig: accounts, roles, tokens, and the audit log of whose data they saw or changed."""
