"""Answer one question about knee pain.

question -> screen -> understand -> retrieve -> compose -> verify -> render
"""
