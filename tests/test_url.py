"""One page, one address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.url import _LOOP, _PLAIN, _once, canonical_url, query_names

SAME = [
    ("HTTP://Mattran.Example.:80/tin", "http://mattran.example/tin"),
    ("https://mattran.example:443/tin", "https://mattran.example/tin"),
    ("https://mattran.example:80/tin", "https://mattran.example:80/tin"),
    ("http://a.example", "http://a.example/"),
    ("http://a.example/x#top", "http://a.example/x"),
    ("  http://a.example/x\n", "http://a.example/x"),
    ("http://reader:secret@a.example/x", "http://a.example/x"),
    ("http://a.example/x?utm_source=z&utm_medium=y&fbclid=1&id=5", "http://a.example/x?id=5"),
    ("http://a.example/x?op=b&nv=a", "http://a.example/x?nv=a&op=b"),
    ("http://a.example/x?&&b=1&", "http://a.example/x?b=1"),
    ("http://a.example/x;jsessionid=AB12CD?id=5", "http://a.example/x?id=5"),
    ("http://a.example/(S(abcdefghijklmnopqrstuvwx))/tin.aspx", "http://a.example/tin.aspx"),
    ("http://a.example/?ASPSESSIONIDABC=1&tabid=7", "http://a.example/?tabid=7"),
    ("http://a.example/vi/vi/vi/tin", "http://a.example/vi/tin"),
    ("http://a.example/en/en", "http://a.example/en"),
    ("http://a.example/bài viết", "http://a.example/b%C3%A0i%20vi%E1%BA%BFt"),
    ("http://a.example/b%c3%a0i", "http://a.example/b%C3%A0i"),
    ("http://a.example/%7Ehoa", "http://a.example/~hoa"),
    ("http://đ.example/", "http://xn--fea.example/"),
    ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"),
    ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ("http://a.example/x?sid=0a1b2c3d4e5f60718293", "http://a.example/x"),
]

KEPT = [
    "http://a.example/2025/11/11/tin-tuc",
    "http://a.example/tin/tin/bai-5.html",
    "http://a.example/vi/video/vi",
    "http://a.example/visit/vivi",
    "http://a.example/modules.php?name=News&op=viewst&sid=123",
    "http://a.example/Default.aspx?IDBaiViet=12&tabid=120",
    "http://a.example/index.php?nv=news&op=Tin-tuc%2Fbai-9",
    "http://a.example/x?a=1&a=2",
    "http://a.example/x?page=2&preference=3",
    "http://a.example/x/",
    "http://a.example/%E1zz",
]


@pytest.mark.parametrize(("url", "canonical"), SAME, ids=[url for url, _ in SAME])
def test_what_means_the_same_page_is_one_address(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize("url", KEPT, ids=KEPT)
def test_what_means_another_page_is_kept(url):
    assert canonical_url(url) == url


@pytest.mark.parametrize("url", ["http://[bad/", "http://a.example:99999/", "http://a.example:x/"])
def test_what_is_no_address_is_told(url):
    with pytest.raises(InputError, match="is no address"):
        canonical_url(url)


_SEGMENTS = st.sampled_from(
    [
        "vi",
        "en",
        "a",
        "%2e",
        "%25",
        "%252f",
        "..",
        ".",
        "(S(abcdefghijklmnopqrstuvwx))",
        "x;jsessionid=1",
        "tin tức",
        "%zz",
        "%C4%90",
        "",
        "\\",
        "11",
    ]
)
_PIECES = st.sampled_from(
    [
        "nv=a",
        "op=b",
        "utm_source=x",
        "sid=3",
        "sid=abcdefabcdefabcdef",
        "a",
        "=",
        "&",
        "a=%26b",
        "ê=ô",
        "b=%zz",
        "c=+d",
        "%75tm_source=1",
        "a=1;b=2",
        "x=#",
        "?",
    ]
)
_HOSTS = st.sampled_from(
    [
        "a.example",
        "A.Example.",
        "đ.example",
        "[::1]",
        "127.0.0.1",
        "a.example:80",
        "a.example:8080",
        "u:p@a.example",
        "a.example:",
        "",
        "[bad",
        "a:99999",
        "%41.example",
        "a..b",
    ]
)
_ADDRESSES = st.builds(
    lambda scheme, host, path, query, end: f"{scheme}://{host}/{'/'.join(path)}?{'&'.join(query)}{end}",
    st.sampled_from(["http", "https", "HTTP"]),
    _HOSTS,
    st.lists(_SEGMENTS, max_size=6),
    st.lists(_PIECES, max_size=5),
    st.sampled_from(["", "#x", "#", " "]),
)


@settings(max_examples=400, deadline=None)
@given(url=st.one_of(_ADDRESSES, st.text(), st.text().map("http://a.example/".__add__)))
def test_the_canonical_form_of_a_form_is_itself(url):
    try:
        form = canonical_url(url)
    except InputError:
        return

    assert canonical_url(form) == form
    assert "#" not in form


@settings(max_examples=100, deadline=None)
@given(
    order=st.permutations(["nv=news", "op=a", "id=3", "a=%C3%A0"]),
    tracking=st.sampled_from(["", "&utm_campaign=x", "&fbclid=zz", "&PHPSESSID=1"]),
)
def test_the_order_of_a_query_and_how_one_came_do_not_matter(order, tracking):
    assert (
        canonical_url("http://a.example/?" + "&".join(order) + tracking)
        == "http://a.example/?a=%C3%A0&id=3&nv=news&op=a"
    )


def test_names_of_a_query():
    assert query_names("http://a.example/?op=1&nv=&op=2") == ("nv", "op")


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_the_short_way_gives_what_the_long_way_gives(url):
    if not _LOOP.search(url):
        assert canonical_url(url) == _once(url)
