"""Say how good the answers are, why, and since when.

question set -> ask -> score -> judge by gates -> compare -> report
"""
