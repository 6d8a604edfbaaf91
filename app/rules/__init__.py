"""The guard: find red flags in a person's own words.

turns -> normalize -> mentions -> context -> catalogue (rules) -> screen -> Screening
"""
