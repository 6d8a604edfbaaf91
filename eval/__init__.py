"""Say how good the assistant is.

question set -> run -> measure -> compare -> report
"""
