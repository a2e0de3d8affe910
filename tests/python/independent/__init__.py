"""Every mart once more, in plain Python over the raw files, written from the definitions alone.

Nothing here reads the warehouse or shares a line with the SQL, so that the two can disagree.
"""
