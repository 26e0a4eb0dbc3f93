"""The same article under other addresses is joined; what only resembles another is not."""

import datetime as dt
import random

from extractor.duplicates import Copy, find_duplicates

DAY = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
WORDS = "xã huyện Mặt trận vận động quỹ người nghèo trao tặng nhà đoàn kết hội nghị giám sát phản biện cử tri bầu cử khu dân cư phong trào thi đua".split()


def text(seed, size=120):
    chance = random.Random(seed)  # noqa: S311
    return " ".join(chance.choice(WORDS) + str(chance.randrange(99)) for _ in range(size))


def copy(name, words, day=0, *, fetched=0, duplicate_of=None):
    published = None if day is None else DAY + dt.timedelta(days=day)
    return Copy(article_id=name, url=f"http://{name}.example/", text=words, published_at=published, fetched_at=DAY + dt.timedelta(days=fetched), duplicate_of=duplicate_of)


def test_a_copy_repeats_the_first_published():
    late, first, other = copy("late", text(1), 3), copy("first", text(1), 1), copy("other", text(2), 0)

    assert find_duplicates([late, first, other], {}) == {"late": "first"}


def test_a_few_words_changed_is_still_the_same_and_many_are_not():
    words = text(1, 200).split()
    near, far = list(words), list(words)
    for at in (10, 90):
        near[at] = "khác"
    for at in range(0, 200, 9):
        far[at] = "khác"

    assert find_duplicates([copy("a", " ".join(words)), copy("b", " ".join(near), 1), copy("c", " ".join(far), 2)], {}) == {"b": "a"}


def test_letters_written_two_ways_are_the_same():
    words = " ".join(f"Uỷ ban {n} hoà giải" for n in range(60))

    assert find_duplicates([copy("a", words), copy("b", words.replace("Uỷ", "Ủy").replace("hoà", "hòa"), 1)], {}) == {"b": "a"}


def test_a_canonical_link_names_the_original_whatever_the_days():
    mirror, original = copy("mirror", text(1), 0), copy("original", text(2), 5)

    assert find_duplicates([mirror, original], {mirror.url: original.url}) == {"mirror": "original"}
    assert find_duplicates([mirror, original], {mirror.url: "http://gone.example/"}) == {}


def test_short_texts_are_not_compared():
    assert find_duplicates([copy("a", "Mặt trận họp."), copy("b", "Mặt trận họp.", 1)], {}) == {}


def test_only_what_the_store_says_otherwise_is_told():
    assert find_duplicates([copy("a", text(1)), copy("b", text(1), 1, duplicate_of="a")], {}) == {}
    assert find_duplicates([copy("a", text(1)), copy("b", text(2), 1, duplicate_of="a")], {}) == {"b": None}


def test_where_no_day_is_known_the_first_fetched_is_the_original():
    assert find_duplicates([copy("a", text(1), None, fetched=5), copy("b", text(1), None, fetched=2), copy("c", text(1), 9, fetched=9)], {}) == {"a": "c", "b": "c"}


def test_the_order_does_not_matter():
    copies = [copy(f"x{n}", text(n // 4), n % 7) for n in range(40)]
    expected = find_duplicates(copies, {})
    chance = random.Random(3)  # noqa: S311
    for _ in range(5):
        chance.shuffle(copies)
        assert find_duplicates(copies, {}) == expected
    assert len(expected) == 30
