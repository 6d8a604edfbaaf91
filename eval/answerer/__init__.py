"""Teach the encoder that finds the sentences which answer a question.

rows -> fit -> export
"""
