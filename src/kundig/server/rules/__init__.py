"""What goes out by itself: alerts on saved questions, signed webhooks, digests."""
