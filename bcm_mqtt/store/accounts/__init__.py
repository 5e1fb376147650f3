"""Who may use the page: accounts, sessions, tokens, and the audit log."""
