"""Names that Service Catalog gave the objects of classes and plans: OSB ids, escaped. Pure.

Scripts and catalog restrictions of that time use them. For the usual UUID they are the id itself.
"""

import hashlib

_LONGEST = 63
_KEPT = 30
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxy0123456789")
_SEPARATORS = frozenset(".-")


def kube_name(osb_id: str) -> str:
    """Return the Kubernetes name of a class or a plan with the id ``osb_id``."""
    parts: list[str] = []
    for position, character in enumerate(osb_id):
        is_inner = 0 < position < len(osb_id) - 1
        follows_plain = bool(parts) and parts[-1][-1] not in _SEPARATORS
        if character in _PLAIN or (character in _SEPARATORS and is_inner and follows_plain):
            parts.append(character)
        else:
            parts.append(f"z{ord(character):x}z")
    name = "".join(parts)
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.md5(osb_id.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{name[:_KEPT].rstrip('.-')}-{digest}"
