"""Fetching the catalog, and finding the API version that the broker speaks (OSB 2.17, API Version).

The catalog is where versions are tried: it is a GET, and every broker has it.
"""

from collections.abc import Callable, Mapping

import msgspec

from svcat.clock import Clock
from svcat.errors import UsageError
from svcat.osb.catalog import decode_catalog, encode_catalog
from svcat.osb.catalog_errors import complaint, not_a_catalog
from svcat.osb.headers import VERSIONS, next_version, rejects_version
from svcat.osb.jsontext import Malformed
from svcat.osb.models import FetchedCatalog
from svcat.osb.transport import Attempt, Transport
from svcat.osb.urls import CATALOG_PATH

_PAUSES_S = (1.0, 2.0)


class CatalogFetcher:
    """Fetches one broker's catalog; knows the API version in use."""

    def __init__(
        self,
        transport: Transport,
        *,
        api_version: str,
        cap: int,
        deadline_s: float,
        clock: Clock,
        on_version: Callable[[str], None] = lambda _: None,
    ) -> None:
        if api_version not in VERSIONS:
            raise UsageError(
                f"API version {api_version} is not one that svcat speaks",
                hint=f"use one of {', '.join(VERSIONS)}",
            )
        self.api_version = api_version
        self._transport = transport
        self._cap = cap
        self._deadline_s = deadline_s
        self._clock = clock
        self._on_version = on_version

    def fetch(self, *, etag: str, last_modified: str) -> FetchedCatalog:
        """Fetch it, if it changed. Raises AuthFailed, Forbidden, BrokerRefused, Unreachable."""
        conditions = _conditions(etag, last_modified)
        attempt = self._get(conditions)
        if rejects_version(attempt.status or 0, attempt.error.description):
            attempt = self.negotiate(attempt) or attempt
        if attempt.answer == 304 and not conditions:
            attempt = self._get({"Cache-Control": "no-cache"})
        return self._read(attempt, conditions)

    def negotiate(self, rejected: Attempt) -> Attempt | None:
        """Look for a version that the broker takes; None (and no change) if there is none.

        Each version is tried once. The catalog is asked for without conditions: brokers vary it
        by version.
        """
        original = self.api_version
        tried = [original]
        attempt = rejected
        while version := next_version(attempt.error.description, tried):
            tried.append(version)
            self.api_version = version
            attempt = self._get({})
            if attempt.answer == 200:
                self._on_version(version)
                return attempt
            if not rejects_version(attempt.status or 0, attempt.error.description):
                break
        self.api_version = original
        return None

    def _get(self, extra_headers: Mapping[str, str]) -> Attempt:
        """Ask; a busy broker (429, 503) is asked again while the deadline allows it."""
        end = self._clock.monotonic() + self._deadline_s
        attempt = self._get_once(extra_headers)
        for pause_s in _PAUSES_S:
            wait_s = max(pause_s, attempt.retry_after_s or 0.0)
            if attempt.answer not in (429, 503) or self._clock.monotonic() + wait_s > end:
                break
            self._clock.sleep(wait_s)
            attempt = self._get_once(extra_headers)
        return attempt

    def _get_once(self, extra_headers: Mapping[str, str]) -> Attempt:
        return self._transport.send(
            "GET",
            CATALOG_PATH,
            api_version=self.api_version,
            body_cap=self._cap,
            extra_headers=extra_headers,
        )

    def _read(self, attempt: Attempt, conditions: Mapping[str, str]) -> FetchedCatalog:
        fetched = FetchedCatalog(
            catalog=None,
            etag=attempt.headers.get("etag") or conditions.get("If-None-Match", ""),
            last_modified=attempt.headers.get("last-modified")
            or conditions.get("If-Modified-Since", ""),
            api_version=self.api_version,
        )
        if attempt.answer == 304 and conditions:
            return fetched
        if attempt.answer != 200 or attempt.response is None or not attempt.is_whole:
            raise complaint(self._transport.base, attempt)
        try:
            catalog = decode_catalog(attempt.response.body)
        except Malformed as error:
            raise not_a_catalog(self._transport.base, attempt, str(error)) from error
        return msgspec.structs.replace(fetched, catalog=catalog, raw=encode_catalog(catalog))


def _conditions(etag: str, last_modified: str) -> dict[str, str]:
    if etag:
        return {"If-None-Match": etag}
    return {"If-Modified-Since": last_modified} if last_modified else {}
