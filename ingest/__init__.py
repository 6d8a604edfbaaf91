"""Turn articles into a build that can be searched and cited.

load -> clean -> chunk -> embed -> store (Chroma) + lexical index + knowledge -> manifest
"""

import sys

# Chroma imports jsonschema, which where this package is installed compiles a grammar of web addresses
# for a second or more; nothing here checks such addresses, and jsonschema does without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
