"""Turn articles into a build that can be searched and cited.

load -> clean -> chunk -> embed -> store (Chroma) + lexical index + knowledge -> manifest
"""
