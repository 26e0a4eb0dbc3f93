"""A page of HTML into an article: by its family's layout where one fits, by the generic finder where none does."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from extractor.clean import generic, guard, kinds
from extractor.clean.around import lead_above, read_around
from extractor.clean.boxes import lay_out
from extractor.clean.captions import take_captions
from extractor.clean.decode import page_source
from extractor.clean.head import Head, later, published_of, read_head, title_of, updated_of
from extractor.clean.identity import article_for_text
from extractor.clean.layouts import family_of, read_hidden, read_labels, read_layout
from extractor.clean.links import drop_link_lists, framed_files, joined, offered_files
from extractor.clean.metadata import headline, section_of
from extractor.clean.parts import Parts, join_broken, read_lines
from extractor.clean.tree import first, parse, prune_hidden, words
from extractor.clean.unpruned import look_over, prune
from extractor.schema import Article
from extractor.sites import Site, family_at, site_for
from extractor.text import nfc, shared_words

# An article by its family's layout has so many characters; an unknown page must show more of one, and sentences.
_LEAST_KNOWN, _LEAST_UNKNOWN, _LEAST_SENTENCES = 80, 400, 2
# Share of the page's main text below which the box of a layout is another one where sites vary their software.
_LEAST_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class _Found:
    """The parts of a page, and whether they stand in the box of a layout that is nowhere but on articles."""

    parts: Parts
    crumbs: tuple[str, ...]
    disagreement: float | None = None
    sure: bool = False


def family_name(html: str) -> str | None:
    """Return the name of the family whose marks a page bears, None where it bears none; PoisonError as for `clean_html`."""
    source = html.encode("utf-8", "ignore")
    family = family_of(guard.checked(source), source)
    return family.name if family else None


def main_text_of(html: str | bytes, *, headers: Mapping[str, str]) -> str:
    """Return the paragraphs of a page's main text, a line each, whatever family it is of; PoisonError as for `clean_html`."""
    if kinds.is_file(html, headers.get("content-type", "")):
        return ""
    source = page_source(html, headers)
    tree = guard.checked(source)
    prune(look_over(tree))
    parts = Parts()
    read_lines(generic.main_text(lay_out(tree.body)).lines, parts)
    return nfc("\n".join(join_broken(parts.body)))


def clean_html(
    html: str | bytes,
    url: str | None,
    *,
    headers: Mapping[str, str],
    fetched_at: dt.datetime | None,
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Article:
    """Return the article of a page, with what else is `given` of it, which goes before what is read; PoisonError where it must
    not be parsed.
    """
    if kinds.is_file(html, headers.get("content-type", "")):
        return article_for_text("", url=url, **{"kind": "attachment", "attachments": (url,) if url else (), **given})
    source = page_source(html, headers)
    tree = guard.checked(source)
    # What a page says in places that are not shown is read before they are taken off.
    whole = look_over(tree)
    head = read_head(tree, whole)
    site = site_for(url)
    family = family_at(site, family_of(tree, source))
    hidden = read_hidden(tree, family)
    framed = [] if hidden else framed_files(whole.frames)
    baited = kinds.hides_bait(whole)
    prune(whole)
    # Laid out before the family's layout takes parts off the tree.
    page = lay_out(tree.body)
    headings = tuple(told for node in page.headings if (told := words(node)))
    main = generic.main_text(page)
    files = [] if hidden else list(dict.fromkeys(framed + offered_files(page.links)))
    if family or not main.lines:  # of other pages nothing more is read
        prune_hidden(tree)
    known = read_layout(tree, family, hidden, fetched_at) if family else None
    captions: list[str] = []
    if known is None and family and (area := first(tree, family.area)) is not None:
        drop_link_lists(area)
        captions = take_captions(area)
        main = generic.main_text(lay_out(area))
    unknown = _by_blocks(main, captions, files)
    varies = family is not None and family.varies and site is None
    found = _choose(known, unknown, head, varies=varies)
    parts = found.parts
    if parts is unknown:
        if family:
            read_labels(tree, family, parts, fetched_at)
        _complete(parts, main, head, fetched_at)
    parts.title = parts.title or title_of(head, headings)
    parts.published = parts.published or published_of(head, fetched_at)
    parts.updated = later(parts.updated, parts.published) or updated_of(head, parts.published, fetched_at)
    kind = "hacked" if baited else kinds.kind_by_words(tree, (head.window or "", *headings), main.lines, script=lambda: kinds.needs_script(parse(source)))
    # A page of a portal's software without the box of its articles is one of its lists; others must not read as one.
    may_be_article = (family is None or family.varies) and (head.is_article or not kinds.reads_as_list(main.lines))
    if kind is None or (kind == "empty" and parts.attachments):
        kind = _kind(found, is_home=kinds.is_home(tree, url), may_be_article=may_be_article, framed=bool(framed))
    return article_for_text(url=url, **{**_columns(found, url, head, site), "kind": kind, **given})


def _by_blocks(main: generic.MainText, captions: list[str], files: list[str]) -> Parts:
    parts = Parts(captions=captions + main.captions, attachments=files, family="generic")
    read_lines(main.lines, parts)
    return parts


def _complete(parts: Parts, main: generic.MainText, head: Head, fetched_at: dt.datetime | None) -> None:
    """Fill the parts of an unknown page from the lines around its main text, and take those lines out of it."""
    title, parts.published = parts.title, parts.published or published_of(head, fetched_at)
    place = read_around(main, head, parts, fetched_at)
    parts.title = title or parts.title
    header = {line.text for line in main.above[: place + 1]}
    while parts.body and parts.body[0] in header:
        parts.body.pop(0)
    lead = parts.lead.split("\n") if parts.lead else lead_above(main, place)
    if lead and not set(lead) & set(parts.body):
        parts.lead, parts.body = "\n".join(lead), lead + parts.body


def _choose(known: tuple[Parts, tuple[str, ...]] | None, unknown: Parts, head: Head, *, varies: bool) -> _Found:
    """Return the layout's parts, the generic ones where there are none or where sites that vary a layout belie it."""
    if known is None:
        return _Found(unknown, head.crumbs)
    parts, crumbs = known
    disagreement = 1 - shared_words("\n".join(parts.body), "\n".join(unknown.body))
    if varies and sum(map(len, parts.body)) < _LEAST_SHARE * sum(map(len, unknown.body)):
        return _Found(unknown, crumbs or head.crumbs, disagreement)
    return _Found(parts, crumbs or head.crumbs, disagreement, sure=not varies)


def _kind(found: _Found, *, is_home: bool, may_be_article: bool, framed: bool) -> str:
    """Return article, attachment, home or list; `framed` tells that the page shows a document."""
    if not found.sure and is_home:
        return "home"
    if _is_article(found.parts, may_be_article=may_be_article):
        return "article"
    if framed or (found.parts.attachments and sum(map(len, found.parts.body)) < _LEAST_KNOWN):
        return "attachment"
    return "empty" if found.sure else "list"


def _is_article(parts: Parts, *, may_be_article: bool) -> bool:
    length = sum(map(len, parts.body))
    if parts.family != "generic":
        return length >= _LEAST_KNOWN
    ends = Counter(line[-1:] for line in parts.body)
    return may_be_article and length >= _LEAST_UNKNOWN and ends["."] >= _LEAST_SENTENCES


def _columns(found: _Found, url: str | None, head: Head, site: Site | None) -> dict[str, Any]:
    """Return what was read of an article, by the names of its columns."""
    parts = found.parts
    moment, evidence = parts.published or (None, None)
    title = headline(parts.title, moment)
    return {
        "text": "\n".join(join_broken(parts.body)),
        "published": moment,
        "title": title,
        "lead": parts.lead,
        "author": parts.author,
        "photo_credit": parts.photo_credit,
        "section": section_of(found.crumbs, title) or parts.section,
        "published_evidence": evidence,
        "updated_at": parts.updated[0] if parts.updated else None,
        "captions": tuple(parts.captions),
        "attachments": tuple(_absolute(head.base, url, link) for link in parts.attachments),
        "views": parts.views,
        "family": parts.family,
        "disagreement": found.disagreement,
        "source": site.id if site else None,
        "source_level": site.unit().level if site else None,
        "source_province_code": site.unit().province_code if site else None,
    }


def _absolute(base: str | None, url: str | None, link: str) -> str:
    root = joined(url or "", base or "")
    return joined(root, link.strip()).replace(" ", "%20")
