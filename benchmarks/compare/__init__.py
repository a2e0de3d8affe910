"""What people use instead, on the same logs, held against the warehouse before a time counts."""
