"""SHA-256, loaded when something is hashed: OpenSSL's part of it costs milliseconds of start-up."""


def sha256_hex(data: bytes) -> str:
    """Return the digest in hexadecimal."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(data).hexdigest()
