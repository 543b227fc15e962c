"""The groups that an account sorts its friends into."""
