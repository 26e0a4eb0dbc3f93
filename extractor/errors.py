"""What can go wrong, one name for each place where it can.

    ExtractorError          anything this package raises on purpose
    ├── RuleError           a file under rules/ is wrong: names file, rule and what to change
    ├── SiteError           a site or family file is wrong
    ├── InputError          an input cannot be read: a path, a URL, an archive, a query
    ├── FetchError          a page could not be fetched: `reason` is a short stable word
    ├── PoisonError         a page that must not be parsed: too deep, too wide, too large
    ├── StoreError          the tables on disk are damaged, busy or of another schema
    └── FloorError          a score is below its floor, or its floor would be lowered

Every message says where, what, and what to do.
"""


class ExtractorError(Exception):
    """Base of all errors that this package raises on purpose."""


class RuleError(ExtractorError):
    """A rule file is wrong."""


class SiteError(ExtractorError):
    """A site or family file is wrong."""


class InputError(ExtractorError):
    """An input cannot be read."""


class FetchError(ExtractorError):
    """A page could not be fetched.

    `reason` is a short stable word (`robots`, `timeout`, `too_large`, `private_address`, ...)
    by which failures are counted; `url` is where a redirect led that was not followed.
    """

    def __init__(self, reason: str, message: str, *, url: str | None = None) -> None:
        super().__init__(message)
        self.reason, self.url = reason, url


class PoisonError(ExtractorError):
    """A page that must not be parsed.

    `reason` is a short stable word (`too_deep`, `too_many_attributes`, `too_large`, ...).
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StoreError(ExtractorError):
    """The tables on disk are damaged, busy or of another schema."""


class FloorError(ExtractorError):
    """A score is below its floor, or its floor would be lowered."""
