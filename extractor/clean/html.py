"""A page of HTML into an article: by its family's layout where one fits, by the generic finder where none does."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from extractor.clean import generic, guard
from extractor.clean.chrome import is_chrome
from extractor.clean.decode import decode, mend
from extractor.clean.identity import article_for_text
from extractor.clean.links import drop_link_lists, file_address
from extractor.clean.metadata import is_date_line, read_byline, read_moment, read_views
from extractor.clean.tree import Node, Parser, drop, first, paragraphs, parse, prune, prune_hidden, words
from extractor.schema import Article
from extractor.sites import Family, Layout, load_families, site_for

_ERRORS = ("404", "không tìm thấy", "not found", "trang không tồn tại", "lỗi máy chủ")
_SPAM = ("casino", "nhà cái", "cá cược", "slot game", "nổ hũ", "xóc đĩa", "kèo nhà cái", "tài xỉu")
_DATED_TITLE = re.compile(r"(?P<title>.+?)\s*\((?P<day>[\d/.-]{8,10})\)", re.DOTALL)
_TITLES = ("meta[property='og:title']", "h1[itemprop=headline]", "article h1", "h1", "h2.title", "title")
_DATES = ("meta[property='article:published_time']", "meta[itemprop=datePublished]", "time[datetime]", "[itemprop=datePublished]", ".post-date", ".date", ".time")


def clean_html(html: str | bytes, url: str | None, *, headers: Mapping[str, str], fetched_at: dt.datetime | None) -> Article:
    """Return the article of a page; PoisonError where it must not be parsed."""
    text = decode(html, headers) if isinstance(html, bytes) else mend(html)
    guard.check(text)
    tree = parse(text)
    # Metadata of hidden nodes (datePublished) is read before they are taken off.
    hidden_date = words(first(tree, ("[itemprop=datePublished]",)))
    family = _family(tree)
    kind_hint = _kind_by_words(tree)
    sections = [s for layout in (family.layouts if family else ()) if (s := words(first(tree, layout.section)))]
    # Counters stand hidden, and attachments in frames, on pages that show them by script.
    hidden = {layout.name: _views_and_files(tree, layout) for layout in (family.layouts if family else ())}
    prune(tree)
    # Laid out before the family's layout takes parts off the tree.
    main = generic.main_text(tree)
    if family:
        prune_hidden(tree)
    parts = _by_family(tree, family, fetched_at, hidden) if family else None
    if parts is None:
        # A page of a known family without the box of its articles is one of its lists.
        kind_hint = kind_hint or ("list" if family else None)
        parts = _by_blocks(tree, main)
    elif family and family.varies and site_for(url) is None and _misses(parts, main):
        parts = _by_blocks(tree, main)
    parts["section"] = sections[0] if sections else None
    if parts["published"] is None:
        parts["published"] = _published(tree, hidden_date, fetched_at)
    return _article(parts, url, kind_hint, base=url)


@functools.cache
def _any_family() -> str:
    return ", ".join(selector for family in load_families() for selector in family.detect)


def _family(tree: Parser) -> Family | None:
    # Most pages of unknown sites are of no family: one search tells.
    if tree.css_first(_any_family()) is None:
        return None
    return next((f for f in load_families() if any(tree.css_first(s) is not None for s in f.detect)), None)


def _kind_by_words(tree: Parser) -> str | None:
    title = (words(tree.css_first("title")) or "").lower()
    body = tree.body.text(separator=" ").lower() if tree.body else ""
    if any(word in title for word in _ERRORS):
        return "error"
    spam = sum(body.count(word) for word in _SPAM)
    if spam >= 4:
        return "hacked"
    if len(body.split(None, 20)) < 20:
        return "shell" if tree.css_first("#root, #app, app-root, [ng-app]") is not None else "empty"
    return None


def _views_and_files(tree: Parser, layout: Layout) -> tuple[int | None, list[str]]:
    views = (read_views(words(node) or "") for selector in layout.views for node in tree.css(selector))
    files = (file_address(node) for selector in layout.attachments for node in tree.css(selector))
    return next((v for v in views if v is not None), None), list(dict.fromkeys(f for f in files if f))


def _by_family(
    tree: Parser, family: Family, fetched_at: dt.datetime | None, hidden: Mapping[str, tuple[int | None, list[str]]]
) -> dict[str, Any] | None:
    for layout in family.layouts:
        body = first(tree, layout.body)
        if body is not None:
            parts = _by_layout(tree, layout, body, f"{family.name}: {layout.name}", fetched_at)
            views, parts["attachments"] = hidden[layout.name]
            parts["views"] = parts["views"] if views is None else views
            return parts
    return None


def _by_layout(tree: Parser, layout: Layout, body: Node, name: str, fetched_at: dt.datetime | None) -> dict[str, Any]:
    title = words(first(tree, layout.title)) or words(first(tree, _TITLES))
    dated = words(first(tree, layout.date))
    author_node = first(tree, layout.author)
    drop(body, layout.drop)
    drop_link_lists(body)
    captions = _take_captions(tree, layout)
    lead_node = first(tree, layout.lead)
    lead = paragraphs(lead_node) if lead_node is not None else []
    parts = _split(paragraphs(body), known_captions=captions)
    parts.update(
        title=title,
        lead="\n".join(lead) or None,
        published=read_moment(dated, fetched_at=fetched_at) if dated else None,
        family=name,
    )
    if lead and (not parts["body"] or parts["body"][0] != lead[0]):
        parts["body"] = lead + parts["body"]
    if author_node is not None and (line := words(author_node)) and (byline := read_byline(line, pushed=True)):
        parts["author"], parts["photo_credit"] = byline
    return parts


def _take_captions(tree: Parser, layout: Layout) -> list[str]:
    """Return the captions and take them off the page, each once though two selectors find it."""
    captions = []
    for selector in layout.captions:
        for node in tree.css(selector):
            if caption := words(node):
                captions.append(caption)
            node.decompose()
    return captions


def _misses(parts: dict[str, Any], main: generic.MainText) -> bool:
    """Tell whether a layout holds less than two thirds of the page: software of the whole world is set up in many ways."""
    return sum(map(len, parts["body"])) < 0.67 * sum(map(len, main.lines))


def _by_blocks(tree: Parser, main: generic.MainText) -> dict[str, Any]:
    title = words(first(tree, _TITLES))
    parts = _split([line for line in main.lines if line != title], known_captions=main.captions)
    parts.update(title=title, lead=None, published=None, attachments=[], family="generic")
    return parts


def _split(lines: list[str], *, known_captions: list[str]) -> dict[str, Any]:
    """Return body, captions, byline and views out of the paragraphs of an article's box."""
    parts: dict[str, Any] = {"body": [], "captions": list(known_captions), "author": None, "photo_credit": None, "views": None}
    caption_next = False
    end = _foot(lines)
    parts["views"] = next((v for line in lines[end:] if (v := read_views(line)) is not None), None)
    for index, line in enumerate(lines[:end]):
        if caption_next:
            parts["captions"].append(line)
            caption_next = False
        elif is_chrome(line, "caption"):
            caption_next = True
        elif is_chrome(line, "line") or is_date_line(line):
            parts["views"] = parts["views"] if parts["views"] is not None else read_views(line)
        elif index >= end - 4 and parts["body"] and (byline := read_byline(line, pushed=True)):
            parts["author"], parts["photo_credit"] = byline[0] or parts["author"], byline[1] or parts["photo_credit"]
        else:
            parts["body"].append(line)
    return parts


def _foot(lines: list[str]) -> int:
    """Return the index of the first line below the article, or the number of lines: a byline stands just above it."""
    begun = False
    for index, line in enumerate(lines):
        if begun and is_chrome(line, "tail"):
            return index
        begun = begun or not (is_chrome(line, "line") or is_chrome(line, "caption") or is_date_line(line))
    return len(lines)


def _published(tree: Parser, hidden: str | None, fetched_at: dt.datetime | None) -> tuple[dt.datetime, str] | None:
    for selector in _DATES:
        for node in tree.css(selector):
            stated = node.attributes.get("datetime") or words(node)
            if stated and len(stated) < 80 and (found := read_moment(stated, fetched_at=fetched_at)):
                return found
    return read_moment(hidden, fetched_at=fetched_at) if hidden else None


def _article(parts: dict[str, Any], url: str | None, kind_hint: str | None, *, base: str | None) -> Article:
    text = "\n".join(parts["body"])
    moment, evidence = parts["published"] or (None, None)
    site = site_for(url)
    article = article_for_text(text, url=url, published=moment)
    kind = kind_hint or ("article" if _is_article(parts, text) else "list" if parts["family"] == "generic" or not text else "empty")
    return replace(
        article,
        kind=kind,
        title=_title(parts["title"], moment),
        lead=parts["lead"],
        author=parts["author"],
        photo_credit=parts["photo_credit"],
        section=parts["section"],
        published_evidence=evidence,
        captions=tuple(parts["captions"]),
        attachments=tuple(urljoin(base or "", link) for link in parts["attachments"]),
        views=parts["views"],
        family=parts["family"],
        source=site.id if site else None,
        source_level=site.unit().level if site else None,
        source_province_code=site.unit().province_code if site else None,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _title(title: str | None, moment: dt.datetime | None) -> str | None:
    """Return the headline without the site's name behind a bar and without the day of publication in brackets."""
    if title is None:
        return None
    headline = title.split(" | ")[0].strip()
    dated = _DATED_TITLE.fullmatch(headline)
    if dated and moment and (found := read_moment(dated["day"])) and found[0].date() == moment.date():
        headline = dated["title"]
    return headline or None


def _is_article(parts: dict[str, Any], text: str) -> bool:
    if parts["family"] != "generic":
        return len(text) >= 80
    sentences = Counter(line[-1:] for line in parts["body"])
    return len(text) >= 400 and sentences["."] >= 2
