"""
Counting from the record: a follower writes what each entry changes, a sweep adds it up.

What an entry counts for is a function of its subject's own history, so the order in which entries
are followed does not matter, and a rebuild from the record gives the same.
"""
