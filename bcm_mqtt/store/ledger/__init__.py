"""What people have signed for: bills, entries about intervals, releases, mails."""
