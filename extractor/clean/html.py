"""A page of HTML into an article: by its family's layout where one fits, by the generic finder where none does."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from extractor.clean import generic, guard, kinds
from extractor.clean.decode import decode, mend
from extractor.clean.head import Head, headings_of, published_of, read_head, title_of, updated_of
from extractor.clean.identity import article_for_text
from extractor.clean.layouts import family_of, read_hidden, read_layout
from extractor.clean.links import offered_files
from extractor.clean.metadata import headline, section_of
from extractor.clean.parts import Parts, join_broken, read_lines
from extractor.clean.tree import Parser, parse, prune, prune_hidden
from extractor.schema import Article
from extractor.sites import Family, site_for
from extractor.text import shared_words

# An article by its family's layout has so many characters; an unknown page must show more of one, and sentences.
_LEAST_KNOWN, _LEAST_UNKNOWN, _LEAST_SENTENCES = 80, 400, 2
# Where the two ways of reading agree so far, a line stays only if both have it.
_AGREED = 0.7
# Share of the page's main text that the box of a layout must hold where sites vary their software.
_LEAST_SHARE = 0.67


@dataclass(frozen=True, slots=True)
class _Found:
    """The parts of a page, and whether they stand in the box of a layout that is nowhere but on articles."""

    parts: Parts
    crumbs: tuple[str, ...]
    disagreement: float | None = None
    sure: bool = False


def clean_html(html: str | bytes, url: str | None, *, headers: Mapping[str, str], fetched_at: dt.datetime | None) -> Article:
    """Return the article of a page; PoisonError where it must not be parsed."""
    if kinds.is_file(html, headers.get("content-type", "")):
        return replace(article_for_text("", url=url), kind="attachment", attachments=(url,) if url else ())
    text = decode(html, headers) if isinstance(html, bytes) else mend(html)
    guard.check(text)
    tree = parse(text)
    # What a page says in places that are not shown is read before they are taken off.
    head = read_head(tree)
    family = family_of(tree, text)
    hidden = read_hidden(tree, family)
    files = [] if hidden else offered_files(tree, text)
    baited, script = kinds.hides_bait(tree), kinds.needs_script(tree)
    prune(tree)
    headings = headings_of(tree)
    # Laid out before the family's layout takes parts off the tree.
    main = generic.main_text(tree)
    prune_hidden(tree)
    unknown = _by_blocks(main, title_of(head, headings), files)
    known = read_layout(tree, family, hidden, fetched_at) if family else None
    found = _choose(known, unknown, head, family, is_ours=site_for(url) is not None)
    parts = found.parts
    parts.title = parts.title or unknown.title
    if parts.published is None:
        parts.published = published_of(tree, head, fetched_at)
    parts.updated = parts.updated or updated_of(head, parts.published, fetched_at)
    kind = "hacked" if baited else kinds.kind_by_words(tree, (head.window or "", *headings), main.lines, script=script)
    # A page of a portal's software without the box of its articles is one of its lists; others must not read as one.
    may_be_article = (family is None or family.varies) and (head.is_article or not kinds.reads_as_list(main.lines))
    if kind is None or (kind == "empty" and parts.attachments):
        kind = _kind(found, tree, url, may_be_article=may_be_article)
    return _article(found, url, head, kind)


def _by_blocks(main: generic.MainText, title: str | None, files: list[str]) -> Parts:
    parts = Parts(title=title, captions=list(main.captions), attachments=files, family="generic")
    read_lines([line for line in main.lines if line != title], parts)
    return parts


def _choose(
    known: tuple[Parts, tuple[str, ...]] | None, unknown: Parts, head: Head, family: Family | None, *, is_ours: bool
) -> _Found:
    """Return the layout's parts, the generic ones where there are none or where sites that vary a layout belie it."""
    if known is None or family is None:
        return _Found(unknown, head.crumbs)
    parts, crumbs = known
    disagreement = 1 - shared_words("\n".join(parts.body), "\n".join(unknown.body))
    varies = family.varies and not is_ours
    if varies and sum(map(len, parts.body)) < _LEAST_SHARE * sum(map(len, unknown.body)):
        return _Found(unknown, crumbs or head.crumbs, disagreement)
    if varies and 1 - disagreement >= _AGREED:
        both = set(unknown.body)
        parts.body = [line for line in parts.body if line in both or line == parts.lead]
    return _Found(parts, crumbs or head.crumbs, disagreement, sure=not varies)


def _kind(found: _Found, tree: Parser, url: str | None, *, may_be_article: bool) -> str:
    """Return article, attachment, home or list."""
    if not found.sure and kinds.is_home(tree, url):
        return "home"
    if _is_article(found.parts, may_be_article=may_be_article):
        return "article"
    if found.parts.attachments and sum(map(len, found.parts.body)) < _LEAST_KNOWN:
        return "attachment"
    return "empty" if found.sure else "list"


def _is_article(parts: Parts, *, may_be_article: bool) -> bool:
    length = sum(map(len, parts.body))
    if parts.family != "generic":
        return length >= _LEAST_KNOWN
    ends = Counter(line[-1:] for line in parts.body)
    return may_be_article and length >= _LEAST_UNKNOWN and ends["."] >= _LEAST_SENTENCES


def _article(found: _Found, url: str | None, head: Head, kind: str) -> Article:
    parts = found.parts
    text = "\n".join(join_broken(parts.body))
    moment, evidence = parts.published or (None, None)
    site = site_for(url)
    article = article_for_text(text, url=url, published=moment)
    title = headline(parts.title, moment)
    return replace(
        article,
        kind=kind,
        title=title,
        lead=parts.lead,
        author=parts.author,
        photo_credit=parts.photo_credit,
        section=section_of(found.crumbs, title),
        published_evidence=evidence,
        updated_at=parts.updated[0] if parts.updated else None,
        captions=tuple(parts.captions),
        attachments=tuple(_absolute(head.base, url, link) for link in parts.attachments),
        views=parts.views,
        family=parts.family,
        disagreement=found.disagreement,
        source=site.id if site else None,
        source_level=site.unit().level if site else None,
        source_province_code=site.unit().province_code if site else None,
    )


def _absolute(base: str | None, url: str | None, link: str) -> str:
    root = urljoin(url or "", base or "")
    return urljoin(root, link.strip()).replace(" ", "%20")
