"""Articles of the small world, made from a seed: no two say the same, each holds figures that an analyst would count."""

import datetime as dt
import random
from dataclasses import dataclass

PLACES = ["xã Thắng Lợi", "xã Minh Khai", "phường Hợp Giang", "xã Quang Trung", "thị trấn Thanh Nhật", "xã Đức Quang", "xã An Lạc", "xã Cô Ngân"]
DEEDS = ["trao quà cho hộ nghèo", "khởi công nhà Đại đoàn kết", "tiếp xúc cử tri", "giám sát việc bình xét hộ nghèo", "tổ chức Ngày hội Đại đoàn kết", "vận động ủng hộ đồng bào vùng lũ", "tập huấn cán bộ Mặt trận", "phản biện dự thảo nghị quyết"]
PEOPLE = ["bà Nông Thị Hoa", "ông Lý Văn Sơn", "bà Đàm Thị Lan", "ông Hoàng Văn Tú", "bà Triệu Thị Mai", "ông Bế Văn Nam"]
ENDS = ["Nhân dịp này, các đại biểu đã thăm hỏi và động viên bà con cố gắng vươn lên.", "Đây là việc làm có ý nghĩa, góp phần củng cố khối đại đoàn kết ở cơ sở.", "Sau buổi làm việc, các ý kiến được tổng hợp gửi cơ quan có thẩm quyền trả lời.", "Hoạt động sẽ còn được duy trì trong những tháng cuối năm ở các khu dân cư còn lại."]
ASIDES = ["đường làng được quét dọn từ sớm", "trời mưa nhưng bà con vẫn đến đông đủ", "nhiều cụ cao tuổi cùng con cháu có mặt", "đội văn nghệ của xóm góp vui mấy tiết mục", "các cháu học sinh xếp hàng nhận sách vở", "ban công tác Mặt trận chuẩn bị chu đáo"]


@dataclass(frozen=True)
class Story:
    """One article."""

    seed: str
    title: str
    paragraphs: tuple[str, ...]
    day: dt.date

    @property
    def slug(self) -> str:
        return f"tin-{self.seed.replace('.', '-')}"


def story(seed: str, *, edition: int = 0) -> Story:
    """Return the article of a seed; another edition tells of other figures."""
    chance = random.Random(seed)  # noqa: S311
    place, deed, person = chance.choice(PLACES), chance.choice(DEEDS), chance.choice(PEOPLE)
    day = dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(300))
    households, each = chance.randrange(5, 90) + edition, chance.randrange(2, 9) * 100
    word = "".join(chance.choice("bcdghklmnpqrstvx") + chance.choice("aeiouy") for _ in range(4))
    paragraphs = (
        f"Ngày {day.day}/{day.month}/{day.year}, Ủy ban Mặt trận Tổ quốc {place} đã {deed} tại xóm {word.title()}, với sự tham dự của {chance.randrange(20, 300)} người; {chance.choice(ASIDES)}.",
        f"Theo {person}, Chủ tịch Ủy ban Mặt trận Tổ quốc {place}, đợt này có {households} hộ nghèo được hỗ trợ, mỗi hộ {each} nghìn đồng, {chance.choice(ASIDES)}, và {chance.choice(ASIDES)}.",
        f"Từ đầu năm đến nay, xóm {word.title()} và {chance.randrange(2, 30)} khu dân cư lân cận đã vận động được {chance.randrange(10, 900)} triệu đồng vào Quỹ Vì người nghèo, sửa chữa {chance.randrange(2, 40)} căn nhà.",
        chance.choice(ENDS),
    )  # fmt: skip
    return Story(seed, f"{place.capitalize()} {deed} ở xóm {word.title()}", paragraphs, day)
