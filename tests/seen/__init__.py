"""What an audit lets see of itself: the log of requests, its pace, events, profile and health."""
