"""The verbs that bring pages in: crawl, import, sites."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli.options import DATA, AllowLoopback, Contact, Data, Delay, MaxPages, PersonalData, Quiet, Since, Until
from extractor.errors import InputError, SiteError

if TYPE_CHECKING:
    from rich.console import Console

    from extractor.crawl import CrawlSummary

crawling = typer.Typer()
sites_app = typer.Typer(help="List the sites of rules/sites, or add one. / Các trang đã biết.", rich_markup_mode=None, invoke_without_command=True)
crawling.add_typer(sites_app, name="sites")


def console() -> Console:
    """Return where people read of progress: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def reasons(counts: Any) -> str:
    """Return counts by their reason, in words."""
    return ", ".join(f"{reason} {n}" for reason, n in sorted(counts.items())) or "0"


def told(done: CrawlSummary) -> list[str]:
    """Return what a crawl did, in lines."""
    lines = [f"Fetched {done.fetched} pages, {done.unchanged} unchanged, failed: {reasons(done.failed)}; links not followed: {reasons(done.dropped)}."]
    lines += [f"Look at {host}: {alarm}." for host, found in done.alarms.items() for alarm in found]
    if done.interrupted:
        lines.append("Interrupted. Nothing is lost: the same command goes on from here.")
    return lines


def day(stated: dt.datetime | None) -> dt.date | None:
    """Return the day of an option."""
    return stated.date() if stated else None


def starts(targets: list[str]) -> tuple[list[str], tuple[Any, ...]]:
    """Return the addresses to begin at and the files of their sites; SiteError where a target is neither site nor address."""
    from extractor.sites import load_sites, site_for

    known = {site.id: site for site in load_sites()}
    urls: list[str] = []
    sites: list[Any] = []
    for target in targets:
        if target in known:
            urls += known[target].start_urls
            sites.append(known[target])
        elif "://" in target:
            urls.append(target)
            sites += [site] if (site := site_for(target)) else []
        else:
            raise SiteError(f"{target}: no site of that id and no URL; `mttq sites` lists the sites, a URL begins with https://")
    return urls, tuple(sites)


@crawling.command()
def crawl(
    targets: Annotated[list[str] | None, typer.Argument(help="Sites or URLs; none: go on with the folder's.")] = None,
    data: Data = DATA,
    delay: Delay = 2.0,
    max_pages: MaxPages = 10_000,
    max_depth: Annotated[int, typer.Option(help="Links from a start page at most; further pages of lists do not count.")] = 3,
    since: Since = None,
    until: Until = None,
    stop_after: Annotated[int, typer.Option(help="Known pages in a row after which a list is left.")] = 50,
    recheck: Annotated[float, typer.Option(help="Days after which an article may have changed; 0: all again, -1: none.")] = 1.0,
    allow_loopback: AllowLoopback = False,
    status: Annotated[bool, typer.Option("--status", help="Say how far the crawl of the folder is.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Queue failed pages again.")] = False,
    explain: Annotated[str | None, typer.Option("--explain", help="Say what is known of one URL, and how it was found.")] = None,
    shard: Annotated[str | None, typer.Option("--shard", help="Only part i of n, such as 2/5: each host is in one, hosts of one server in the same.")] = None,
    contact: Contact = None,
    quiet: Quiet = False,
) -> None:
    """Fetch pages into the archive, and nothing more."""
    if status or explain or retry_failed:
        for line in _known(data, explain=explain, retry_failed=retry_failed):
            typer.echo(line)
        return
    if not targets and not (data / "frontier.sqlite").exists():
        console().print("Name at least one site or URL, such as: mttq crawl https://mattran.example/")
        raise typer.Exit(2)
    from extractor.crawl import CrawlOptions
    from extractor.crawl import crawl as crawl_sites
    from extractor.progress import shown

    urls, sites = starts(targets or [])
    if shard and not (urls := _part(urls, shard)):
        return
    options = CrawlOptions(
        delay=delay, max_pages=max_pages, max_depth=max_depth, allow_loopback=allow_loopback, since=day(since), until=day(until),
        stop_after=stop_after, recheck=None if recheck < 0 else recheck, sites=sites, contact=contact,
    )  # fmt: skip
    with shown(console(), data, quiet=quiet) as on_event:
        done = crawl_sites(urls, data=data, options=options, on_event=on_event)
    for line in told(done):
        console().print(line, markup=False)
    raise typer.Exit(1 if done.failed or done.interrupted else 0)


def _part(urls: list[str], stated: str) -> list[str]:
    """Return the addresses that are of a shard, and say how many."""
    from extractor.crawl.shards import Shard, of_shard

    if not urls:
        raise InputError("--shard splits the sites that are named; name them all, the same on every machine")
    part = of_shard(urls, Shard.read(stated))
    console().print(f"Shard {stated}: {len(part)} of {len(urls)} addresses.")
    return part


def _known(data: Path, *, explain: str | None, retry_failed: bool) -> list[str]:
    """Return what is known of a crawl's folder, in lines."""
    from extractor.crawl import status

    if explain:
        known = status.explain(data, explain)
        return [f"{name}: {value}" for name, value in known.items()] if known else [f"{explain}: never seen in {data}"]
    if retry_failed:
        return [f"{status.retry_failed(data)} failed pages are queued again; run the same `mttq crawl` to fetch them."]
    return status.status(data)


@crawling.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="WARC and WACZ files of any crawler, folders of them or of saved HTML, .html files, lists of URLs (.txt, .csv) or of archives elsewhere (.paths, .paths.gz).")],
    data: Data = DATA,
    index: Annotated[list[str] | None, typer.Option("--index", help="For lists of archives, as of Common Crawl: files of their index (cluster.idx, cdx-00042.gz), by path or s3:// address. / Chỉ mục của các tệp lưu trữ.")] = None,
    base: Annotated[str | None, typer.Option("--base", help="The folder or address that the list's paths start from, such as s3://commoncrawl; else the list's folder.")] = None,
    host: Annotated[list[str] | None, typer.Option("--host", help="Take the pages of this host alone, www. or not; may be repeated. Else those of all known sites.")] = None,
    only_archive: Annotated[bool, typer.Option("--only-archive", help="Keep the pages; do not bring the tables up to date.")] = False,
    with_personal_data: PersonalData = False,
) -> None:
    """Bring in pages that others have fetched: into the archive, and from there into the tables."""
    from extractor.crawl.imports import import_all
    from extractor.crawl.indexed import LISTS, Index
    from extractor.progress import counted, reading
    from extractor.sites import load_sites

    lists = [path for path in paths if path.name.lower().endswith(LISTS)]
    if not lists and (index or base or host):
        raise InputError("--index, --base and --host are for lists of archives; name one (.paths, .paths.gz)")
    hosts = frozenset(host or (site.host for site in load_sites()))
    wanted = Index(tuple(index), base, hosts) if index else None
    try:
        with counted(console()) as step:
            done = import_all(paths, data=data, index=wanted, on_page=lambda so_far: step(lambda: f"taken {so_far.pages} pages, passed over {so_far.skipped.total()}"))
    except InputError as error:
        raise InputError(f"{error}; what could be read is kept, and `mttq crawl --status --data {data}` tells of it") from error
    console().print(f"Imported {done.pages} pages, queued {done.queued} addresses; skipped: {reasons(done.skipped)}; failed: {reasons(done.failed)}.", markup=False)
    if done.queued:
        console().print(f"Next: mttq crawl --data {data}", markup=False)
    if done.pages and not only_archive:
        from extractor.engine import ReadOptions
        from extractor.run import update

        with reading(console()) as on_page:
            outcome = update(data, reading=ReadOptions(workers=1, personal_data=with_personal_data), on_page=on_page).extracted
        if outcome:
            console().print(f"Pages read {outcome.pages} = articles {outcome.articles} + skipped ({reasons(outcome.skipped)}) + failed ({reasons(outcome.failed)}).", markup=False)
    raise typer.Exit(1 if done.failed else 0)


@sites_app.callback()
def sites(context: typer.Context, data: Data = DATA) -> None:
    """List the sites with level, unit, family and state, and the provinces that have none; `mttq sites add URL` writes a file."""
    if context.invoked_subcommand:
        return
    from extractor.crawl import status
    from extractor.demo import demo_sites
    from extractor.sites import load_sites, uncovered

    crawled = status.hosts(data) if (data / "frontier.sqlite").exists() else {}
    for site in (*load_sites(), *demo_sites()):
        state = "seen" if site.seen else "unseen"
        typer.echo(f"{site.id:<28} {site.host:<32} {site.unit().level or '?':<9} {site.owner:<40} {site.family or '-':<12} {crawled.get(site.host, state)}")
    before, since = uncovered(load_sites())
    typer.echo(f"no site of the Front known, of 63 provinces before July 2025, for {len(before)}: {', '.join(before)}")
    typer.echo(f"no site of the Front known, of 34 provinces since, for {len(since)}: {', '.join(since)}")


@sites_app.command("add")
def add_site(
    url: Annotated[str, typer.Argument(help="The site's first page.")],
    to: Annotated[Path | None, typer.Option("--to", help="The folder for its file; rules/sites, if nothing is said.")] = None,
    owner: Annotated[str | None, typer.Option(help='Whose site it is, such as "huyện Hạ Lang, tỉnh Cao Bằng".')] = None,
    allow_loopback: AllowLoopback = False,
) -> None:
    """Look at a site (robots.txt, first page, certificate) and write its file, for you to check."""
    from extractor.probe import probe

    found = probe(url, owner=owner, allow_loopback=allow_loopback)
    path = found.write(to)
    typer.echo(path.read_text(encoding="utf-8"), nl=False)
    for line in found.doubts:
        console().print(f"Check: {line}", markup=False)
    console().print(f"Written: {path}", markup=False)
