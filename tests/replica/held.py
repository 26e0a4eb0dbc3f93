"""What a data folder holds after a crawl or an import."""

from extractor.archive import read_page_at
from extractor.crawl.frontier import Frontier


def held(data):
    """Return the archived pages of a data folder by their address."""
    frontier = Frontier(data / "frontier.sqlite")
    try:
        return {url: read_page_at(data / "archive" / name, offset) for url, name, offset in frontier.archived()}
    finally:
        frontier.close()
