"""What a page says of its article outside of its box: title, dates, breadcrumb, address that links are relative to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import regex

from extractor.clean.metadata import title_of_window
from extractor.clean.moments import Moment, read_moment
from extractor.clean.tree import Attributes, Parser, words
from extractor.clean.unpruned import Marked, Unpruned

_PUBLISHED = ("article:published_time", "datePublished", "pubdate")
_UPDATED = ("article:modified_time", "dateModified")
_LINKED = regex.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]{8,40})"')
_ARTICLE = regex.compile(r'"@type"\s*:\s*"(?:News|Reportage)?(?:Article|BlogPosting)"')
_JSON = "application/ld+json"
_CRUMB_BOXES = "[class*=crumb i], [id*=crumb i], .pathway, [class*=duongdan i], [itemtype*=BreadcrumbList]"
_CRUMBS = ("[itemprop=name]", "li", "a")
_LONGEST_DATE, _LONGEST_CRUMBS = 80, 400


@dataclass(frozen=True, slots=True)
class Head:
    """What an unpruned page says of itself, each None or empty where it says nothing; `is_article` is for machines."""

    window: str | None
    shared: str | None
    site_name: str | None
    base: str | None
    published: str | None
    updated: str | None
    crumbs: tuple[str, ...]
    is_article: bool


def read_head(tree: Parser, page: Unpruned) -> Head:
    """Return what is stated in places that pruning takes off."""
    data = "\n".join(node.text() for node in page.scripts if node.attributes.get("type") == _JSON)
    linked: dict[str, str] = dict(reversed(_LINKED.findall(data)))
    metas = {name: content for node in page.metas for name, content in _named(node.attributes)}
    return Head(
        window=words(page.titles[0]) if page.titles else None,
        shared=metas.get("og:title"),
        site_name=metas.get("og:site_name"),
        base=next((given["href"] for node in page.bases if "href" in (given := node.attributes)), None),
        published=_stated(page.marked, metas, _PUBLISHED) or linked.get("datePublished"),
        updated=_stated(page.marked, metas, _UPDATED) or linked.get("dateModified"),
        crumbs=_crumbs(tree),
        is_article=metas.get("og:type") == "article" or _ARTICLE.search(data) is not None,
    )


def _named(attributes: Attributes) -> list[tuple[str, str]]:
    """Return what a meta says, by each of the names that it bears."""
    content = attributes.get("content") or ""
    return [(name, content) for key in ("property", "itemprop", "name") if content and (name := attributes.get(key))]


def _crumbs(tree: Parser) -> tuple[str, ...]:
    """Return the steps of the page's breadcrumb."""
    box = tree.css_first(_CRUMB_BOXES)
    nodes = next((found for selector in _CRUMBS if box is not None and (found := box.css(selector))), [])
    # The last step is often no link.
    steps = tuple(w for node in nodes if (w := words(node)))
    whole = words(box) or ""
    return (*steps, whole[whole.rindex(steps[-1]) + len(steps[-1]) :]) if steps and steps[-1] in whole and len(whole) < _LONGEST_CRUMBS else steps


def _stated(marked: Iterable[Marked], metas: Mapping[str, str], names: Sequence[str]) -> str | None:
    """Return the day that a meta of one of the names states, else one that the page's text is marked with."""
    for moment in (metas.get(name) for name in names):
        if moment and len(moment) < _LONGEST_DATE:
            return moment
    shown = (given.get("content") or given.get("datetime") or words(node) for node, given in marked if given.get("itemprop") == names[1])
    return next((moment for moment in shown if moment and len(moment) < _LONGEST_DATE), None)


def title_of(head: Head, shown: Sequence[str]) -> str | None:
    """Return the headline: as it is shared with others, without the site's name; else the first heading; else the window's."""
    if head.shared:
        return title_of_window(head.shared, shown, head.site_name)
    first_heading = shown[0] if shown else None
    window = title_of_window(head.window, shown, head.site_name)
    if window and window in shown:
        return window
    return first_heading or window


def published_of(head: Head, fetched_at: dt.datetime | None) -> Moment | None:
    """Return the publication as the page states it for machines."""
    return read_moment(head.published, fetched_at=fetched_at) if head.published else None


def updated_of(head: Head, publication: Moment | None, fetched_at: dt.datetime | None) -> Moment | None:
    """Return the last update as the page states it for machines, if it is later than the publication."""
    return later(read_moment(head.updated, fetched_at=fetched_at) if head.updated else None, publication)


def later(update: Moment | None, publication: Moment | None) -> Moment | None:
    """Return an update that is later than the publication; the software of some sites states one where there was none."""
    return update if update and publication and update[0] > publication[0] else None
