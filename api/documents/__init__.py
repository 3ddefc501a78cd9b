"""Documents made of records: what they say, their digest, and their form on paper."""
