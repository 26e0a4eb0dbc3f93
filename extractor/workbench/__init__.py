"""What analysts work on rules with: their examples tried, their patterns pumped, what they miss, why one wins."""
