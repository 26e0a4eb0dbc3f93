"""Main text of pages of unknown sites: what stays, what goes, and what a page is."""

from __future__ import annotations

import pytest

from extractor import clean
from extractor.clean import main_text
from extractor.clean.boxes import lay_out
from extractor.clean.tree import parse

STORY = (
    "Sáng nay, Ban Công tác Mặt trận thôn Nà Pò cùng bà con dọn hai cây số đường vào bản, phát quang bụi rậm và khơi lại rãnh nước đã bị đất lấp từ trận mưa đầu tháng.",
    "Hơn bốn mươi hộ góp công, mỗi nhà một người; tổ thanh niên lo phần đá hộc, các bác lớn tuổi trồng hoa mười giờ dọc theo bờ tường của nhà văn hóa.",
    "Trưởng ban cho biết tháng tới thôn sẽ làm tiếp đoạn qua suối, sau khi xã cấp xi măng; nhà nào có xe tải nhỏ đã nhận chở cát giúp cả xóm.",
    "Từ đầu năm, đây là lần thứ ba bà con tự làm đường, và lần nào bữa cơm chung sau buổi làm cũng kéo dài đến tối bên bếp lửa.",
)
BODY = "".join(f"<p>{line}</p>" for line in STORY)
TALK = "".join(
    f"<li class='comment'><p>Ý kiến thứ {n}: tôi ở xóm bên, đọc tin này thấy rất mừng và mong thôn tôi sang năm cũng làm được một con đường như thế.</p></li>"
    for n in range(40)
)


def page(main: str, title: str = "Nà Pò làm đường") -> str:
    return f"<html><head><title>{title}</title></head><body><ul class='menu'><li><a href='/'>Trang chủ</a></li></ul><h1>{title}</h1>{main}</body></html>"


@pytest.mark.parametrize(
    "main",
    [
        f"<div>{BODY}</div>",
        f"<div class='sidebar-right-layout'>{BODY}</div>",
        f"<div class='newsletter-post'><div><h1>Nà Pò làm đường</h1>{BODY}</div></div><ol class='newsletter'><li>Nhận tin qua thư</li></ol>",
        f"<div id='frame'>Đang tải…</div><div hidden id='S:0'>{BODY}</div>",
        f"<div style='display: none'>{BODY}</div>",
        f"<div>{BODY}</div><div class='sr-only'>Bấm phím cách để nghe bài đọc bằng giọng miền Bắc hoặc miền Nam, rồi bấm lại để dừng.</div>",
        f"<div>{BODY}<p><span hidden>Đã chép đường dẫn của bài vào bộ nhớ tạm, có thể dán vào thư hay tin nhắn cho bạn bè.</span></p></div>",
        f"<div>{BODY}<ul><li><a href='/1'>Thôn khác cũng làm đường</a></li><li><a href='/2'>Xã họp bàn việc xi măng</a></li></ul></div>",
        f"<div>{BODY}<h3>About the author</h3><p>Người viết sống ở Nà Pò từ nhỏ và hay kể chuyện bản làng cho con cháu.</p></div>",
        f"<div>{BODY}<div><div><h4>関連記事</h4></div><p>Một con đường khác, ở một bản khác, do những người khác làm.</p></div></div>",
        f"<div>{BODY}<p>Leave a comment</p><p>Họ tên, thư điện tử và ý kiến của bạn.</p></div>",
    ],
    ids=["plain", "layout name", "named like a form", "streamed", "all hidden", "hidden class", "hidden span", "link list", "author", "related", "label"],
)  # fmt: skip
def test_the_article_and_nothing_else(main: str) -> None:
    assert clean(page(main)).text.split("\n") == list(STORY)


def test_the_main_text_alone_is_that_of_the_article() -> None:
    html = page(f"<div>{BODY}<h3>Related</h3><p>Một con đường khác, ở một bản khác.</p></div>")

    assert main_text(html) == main_text(html.encode("utf-16"), headers={"content-type": "text/html; charset=utf-16"}) == clean(html).text == "\n".join(STORY)


def test_of_a_file_and_of_nothing_the_main_text_is_empty() -> None:
    assert main_text(b"%PDF-1.7") == main_text(b"x", headers={"content-type": "image/png"}) == main_text("") == ""


def test_comments_may_outweigh_their_article() -> None:
    long = "".join(f"<p>{line} ({n})</p>" for n in range(4) for line in STORY)
    text = clean(page(f"<article>{long}</article><div class='comments'><ol>{TALK * 4}</ol></div>")).text
    assert (text.count("\n") + 1, "Ý kiến" in text) == (16, False)


def test_posts_named_comments_are_the_text_where_there_is_no_other() -> None:
    assert clean(page(f"<div><ol>{TALK}</ol></div>")).text.count("Ý kiến thứ") == 40


def test_a_section_within_the_article_ends_at_the_next_heading() -> None:
    first, second = "".join(f"<p>{line}</p>" for line in STORY[:2]), "".join(f"<p>{line}</p>" for line in STORY[2:])
    text = clean(page(f"<div>{first}<h2>You might also like</h2><p>Chuyện cái cầu treo bị lũ cuốn năm ngoái.</p><h2>Phần sau</h2>{second}</div>")).text
    assert text.split("\n") == [*STORY[:2], "Phần sau", *STORY[2:]]


def test_linked_headings_stay_with_what_they_head() -> None:
    parts = "".join(f"<h2><a href='/{n}'>Đoạn đường số {n} và những người làm ra nó</a></h2><p>{line}</p>" for n, line in enumerate(STORY))
    assert clean(page(f"<div>{parts}</div>")).text.count("Đoạn đường số") == 4


def test_a_list_keeps_its_links() -> None:
    goods = "".join(f"<li><a href='/{n}'>Gùi tre đan tay cỡ {n}</a><span>{n}0.000 đồng</span></li>" for n in range(1, 60))
    article = clean(page(f"<div><p>{STORY[0]} {STORY[1]}</p></div><div><ul>{goods}</ul></div>", "Hàng thủ công"))
    assert (article.kind, article.text.count("Gùi tre")) == ("list", 59)


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        ("<div id=part>Trao<p>năm<br>căn</p>nhà</div>", ["Trao", "năm", "căn", "nhà"]),
        ("<span id=part>Trao <b>năm</b> <i>căn</i> nhà</span>", ["Trao năm căn nhà"]),
        ("<p id=part>Trao <a hidden>thêm</a>năm<?xml:namespace prefix=o /> căn<!-- x --> nhà</p>", ["Trao", "năm căn nhà"]),
        ("<p id=part>&nbsp;<b>Trao &amp; nhận</b>&nbsp;</p>", ["Trao & nhận"]),
        ("<div id=part>" + "<b><u>" * 900 + "Trao" + "<div>" * 900 + "năm căn nhà", ["Trao", "năm căn nhà"]),
    ],
)
def test_lines_of_a_part_of_a_page(part: str, lines: list[str]) -> None:
    root = parse(f"<body><p>Trên</p>{part}").css_first("#part")
    assert root is not None
    assert [line.text for line in lay_out(root).lines] == lines
