"""Wage slips and contracts, rendered and then spoilt like phone photos, read back; beside the recogniser alone.

    python -m benchmarks.papers [--slips 48] [--contracts 16] [--split test]

Each slip has random names, sums and one of four layouts, each contract random terms; seeds and two of the layouts
(`columns`, `pairs`) were looked at while the rules were written (`tune`), the others (`header`, `receipt`) and other
seeds were not (`test`). Spoilt: clean, perspective, turned, shadow, blur, noise and JPEG, small, stamp, all together.
Rendered slips are no phone photos: handwriting, crumpled paper and thermal print are not among them.
`right` of all printed cells; of what is called sure, the share that is right; `alone`: the recogniser's lines without
our flattening, in the order of reading, a label followed by the next number.
Needs a Chinese font: apt-get install fonts-wqy-microhei.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import statistics
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.common import machine
from gonghui.brain.papers import read_paper
from gonghui.brain.papers.ocr import recognise
from gonghui.brain.papers.slip import amount, field_of

FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/ukai.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
LAYOUTS = {"tune": ("columns", "pairs"), "test": ("header", "receipt")}
SPOILT = ("clean", "perspective", "turned", "shadow", "blur", "noise", "small", "stamp", "all")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀英华"
FIRMS = ("贵阳星河建筑工程有限公司", "龙腾鞋业有限公司", "云岩区好味道餐饮店", "宏达电子厂", "东方物业服务有限公司")
Cells = list[tuple[str, str, str]]


def font(size: int, luck: random.Random) -> ImageFont.FreeTypeFont:
    there = [path for path in FONTS if Path(path).exists()]
    if not there:
        raise SystemExit("No Chinese font: apt-get install fonts-wqy-microhei")
    return ImageFont.truetype(luck.choice(there[:3]), size)


def slip_of(luck: random.Random) -> Cells:
    """(field, label, value) of a slip whose sums agree."""
    earn = [("basic", luck.choice(("基本工资", "岗位工资", "底薪")), Decimal(luck.randrange(18, 60) * 100))]
    earn.append(("overtime", luck.choice(("加班费", "加班工资")), Decimal(luck.randrange(0, 150000)) / 100))
    earn.append(("bonus", luck.choice(("绩效工资", "全勤奖", "奖金")), Decimal(luck.randrange(0, 20) * 50)))
    earn.append(("allowance", luck.choice(("餐补", "交通补贴", "高温津贴")), Decimal(luck.randrange(0, 8) * 50)))
    gross = sum((v for _, _, v in earn), Decimal(0))
    less = [
        ("pension", "养老保险", (gross * Decimal("0.08")).quantize(Decimal("0.01"))),
        ("medical", "医疗保险", (gross * Decimal("0.02")).quantize(Decimal("0.01"))),
        ("unemployment", "失业保险", (gross * Decimal("0.005")).quantize(Decimal("0.01"))),
        ("housing", luck.choice(("公积金", "住房公积金")), Decimal(luck.randrange(0, 6) * 50)),
        ("tax", luck.choice(("个税", "个人所得税")), Decimal(luck.randrange(0, 9000)) / 100),
    ]
    net = gross - sum((v for _, _, v in less), Decimal(0))

    def shown(value: Decimal) -> str:
        return f"{value:,.2f}" if luck.random() < 0.5 else f"{value:.2f}"

    rows = [("worker", "姓名", luck.choice(SURNAMES) + "".join(luck.sample(GIVEN, 2)))]
    rows += [(f, name, shown(v)) for f, name, v in earn]
    rows += [("gross", luck.choice(("应发工资", "应发合计")), shown(gross))]
    rows += [(f, name, shown(v)) for f, name, v in less]
    return [*rows, ("net", luck.choice(("实发工资", "实发合计")), shown(net))]


def draw_slip(layout: str, luck: random.Random) -> tuple[Image.Image, dict[str, str]]:
    cells = slip_of(luck)
    firm, month = luck.choice(FIRMS), f"{luck.randrange(2022, 2027)}年{luck.randrange(1, 13)}月"
    truth = {f: v.replace(",", "") for f, _, v in cells}
    year, number = month[:4], month[5:-1]
    truth |= {"employer": firm, "month": f"{year}-{int(number):02d}"}
    size = luck.randrange(26, 34)
    face, big = font(size, luck), font(size + 8, luck)
    if layout == "header":
        widths = [max(face.getlength(name), face.getlength(value)) + 24 for _, name, value in cells]
        per = (len(cells) + 1) // 2
        page = Image.new("RGB", (int(max(sum(widths[:per]), sum(widths[per:]))) + 80, 6 * size + 260), "white")
        pen = ImageDraw.Draw(page)
        pen.text((40, 30), f"{firm}{month}工资表", "black", big)
        for block in (0, 1):
            x, y = 40.0, 110 + block * (3 * size + 60)
            for (_, name, value), width in list(zip(cells, widths, strict=True))[block * per : (block + 1) * per]:
                for row, text in enumerate((name, value)):
                    top = y + row * (size + 22)
                    pen.rectangle((x, top, x + width, top + size + 22), outline="black")
                    pen.text((x + 12, top + 9), text, "black", face)
                x += width
        return page, truth
    if layout == "receipt":
        page = Image.new("RGB", (560, len(cells) * (size + 16) + 200), "white")
        pen = ImageDraw.Draw(page)
        pen.text((40, 24), firm, "black", face)
        pen.text((40, 24 + size + 12), f"工资条 {month}", "black", face)
        for n, (_, name, value) in enumerate(cells):
            pen.text((40, 130 + n * (size + 16)), f"{name}：{value}", "black", face)
        return page, truth
    columns = 1 if layout == "columns" else 2
    rows = (len(cells) + columns - 1) // columns
    page = Image.new("RGB", (120 + columns * 560, rows * (size + 24) + 220), "white")
    pen = ImageDraw.Draw(page)
    pen.text((60, 30), f"{firm}工资条", "black", big)
    pen.text((60, 90), f"所属月份：{month}", "black", face)
    for n, (_, name, value) in enumerate(cells):
        x, y = 60 + (n % columns) * 560, 150 + (n // columns) * (size + 24)
        pen.rectangle((x, y, x + 260, y + size + 24), outline="black")
        pen.rectangle((x + 260, y, x + 520, y + size + 24), outline="black")
        pen.text((x + 14, y + 10), name, "black", face)
        pen.text((x + 274, y + 10), value, "black", face)
    return page, truth


def draw_contract(luck: random.Random) -> tuple[Image.Image, dict[str, str]]:
    firm = luck.choice([f for f in FIRMS if "公司" in f])
    name = luck.choice(SURNAMES) + "".join(luck.sample(GIVEN, 2))
    year, month, day, years = (
        luck.randrange(2020, 2026),
        luck.randrange(1, 13),
        luck.randrange(1, 28),
        luck.choice((1, 2, 3)),
    )
    pay, post, trial = (
        luck.randrange(20, 90) * 100,
        luck.choice(("电焊工", "服务员", "仓库管理员", "缝纫工")),
        luck.choice((1, 2, 3)),
    )
    place = luck.choice(("贵阳市南明区", "遵义市红花岗区", "深圳市龙岗区"))
    size = luck.randrange(28, 34)
    face, big = font(size, luck), font(size + 14, luck)
    said = [
        f"甲方（用人单位）：{firm}", f"乙方（劳动者）：{name}", "",
        "一、合同期限", f"本合同自{year}年{month}月{day}日起至{year + years}年{month}月{day}日止。",
        f"其中试用期为{trial}个月。", "二、工作内容和地点", f"乙方的工作岗位为：{post}。", f"工作地点：{place}。",
        "三、劳动报酬", f"乙方月工资为人民币{pay}元，每月15日前支付。", "四、双方遵守国家有关规定。", "",
        f"签订日期：{year}年{month}月{day}日",
    ]  # fmt: skip
    page = Image.new("RGB", (1100, 160 + len(said) * (size + 20)), "white")
    pen = ImageDraw.Draw(page)
    pen.text((430, 40), "劳动合同", "black", big)
    for n, text in enumerate(said):
        pen.text((70, 130 + n * (size + 20)), text, "black", face)
    start, end = f"{year}-{month:02d}-{day:02d}", f"{year + years}-{month:02d}-{day:02d}"
    return page, {
        "employer": firm, "worker": name, "start": start, "end": end, "signed": start, "trial": str(trial),
        "pay": str(pay), "post": post, "place": place,
    }  # fmt: skip


def spoil(page: Image.Image, how: str, luck: random.Random) -> bytes:
    """The page as a phone would have taken it, JPEG."""
    pixels = np.asarray(page)
    quality = 92
    noise = np.random.default_rng(luck.randrange(1 << 30))
    if how in ("stamp", "all"):
        layer = pixels.copy()
        middle = (
            luck.randrange(pixels.shape[1] // 4, pixels.shape[1]),
            luck.randrange(pixels.shape[0] // 2, pixels.shape[0]),
        )
        cv2.circle(layer, middle, 90, (210, 40, 40), 6)
        cv2.putText(layer, "SEAL", (middle[0] - 60, middle[1] + 12), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (210, 40, 40), 4)
        pixels = cv2.addWeighted(layer, 0.6, pixels, 0.4, 0)
    if how in ("perspective", "all"):
        height, width = pixels.shape[:2]
        margin = int(0.12 * max(height, width))
        table = tuple(luck.randrange(50, 130) for _ in range(3))
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        moved = corners + margin + np.array([[luck.uniform(-0.5, 0.5) * margin for _ in range(2)] for _ in range(4)])
        matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
        pixels = cv2.warpPerspective(pixels, matrix, (width + 2 * margin, height + 2 * margin), borderValue=table)
    if how == "turned":
        pixels = np.rot90(pixels, luck.choice((1, 2, 3))).copy()
    if how in ("shadow", "all"):
        height, width = pixels.shape[:2]
        ramp = np.linspace(luck.uniform(0.35, 0.6), 1.0, width)[None, :, None] * np.ones((height, 1, 1))
        pixels = np.clip(pixels * (ramp if luck.random() < 0.5 else ramp[:, ::-1]), 0, 255).astype(np.uint8)
    if how in ("small", "all"):
        factor = 0.5 if how == "small" else 0.7
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    if how in ("blur", "all"):
        pixels = cv2.GaussianBlur(pixels, (0, 0), 1.6 if how == "blur" else 0.9)
    if how in ("noise", "all"):
        pixels = np.clip(pixels + noise.normal(0, 14 if how == "noise" else 8, pixels.shape), 0, 255).astype(np.uint8)
        quality = 45
    kept = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def alone(data: bytes) -> dict[str, str]:
    """The recogniser's lines in their order: a label, and the number in it or next to come."""
    lines = recognise(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    lines.sort(key=lambda line: (round(line.middle / 20), line.left))
    found: dict[str, str] = {}
    waiting = ""
    for line in lines:
        if known := field_of(line.text):
            waiting = known[0]
            text = known[2]
        else:
            text = line.text
        if waiting and (value := amount(text)):
            found.setdefault(waiting, str(value[0]))
            waiting = ""
    return found


def same(field: str, truth: str, said: str) -> bool:
    said_plain, truth_plain = said.replace("（", "(").replace("）", ")"), truth.replace("（", "(").replace("）", ")")
    number, other = amount(truth_plain), amount(said_plain)
    return number[0] == other[0] if number and other else said_plain == truth_plain


def measured(pages: list[tuple[str, bytes, dict[str, str]]], beside: bool) -> dict[str, Any]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    fields: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    seconds = []
    for how, data, truth in pages:
        began = time.perf_counter()
        paper = read_paper(data)
        seconds.append(time.perf_counter() - began)
        plain = alone(data) if beside else {}
        said: dict[str, Any] = {}
        for fact in paper.facts:
            said.setdefault(fact.field, fact)
        for group in (how, "total"):
            counts[group]["cells"] += len(truth)
            counts[group]["right"] += sum(f in said and same(f, v, said[f].value) for f, v in truth.items())
            counts[group]["sure"] += sum(fact.sure for fact in said.values())
            counts[group]["sure_right"] += sum(
                fact.sure and f in truth and same(f, truth[f], fact.value) for f, fact in said.items()
            )
            money = {f: v for f, v in truth.items() if amount(v) and f not in ("month", "trial")}
            counts[group]["money"] += len(money)
            counts[group]["alone"] += sum(f in plain and same(f, v, plain[f]) for f, v in money.items())
            counts[group]["ours_money"] += sum(f in said and same(f, v, said[f].value) for f, v in money.items())
        for f, v in truth.items():
            fields[f]["n"] += 1
            fields[f]["right"] += f in said and same(f, v, said[f].value)
    result = {
        how: {
            "right": round(c["right"] / c["cells"], 3),
            "sure": round(c["sure"] / c["cells"], 3),
            "right_of_sure": round(c["sure_right"] / max(c["sure"], 1), 3),
            **(
                {"sums": round(c["ours_money"] / c["money"], 3), "sums_alone": round(c["alone"] / c["money"], 3)}
                if beside
                else {}
            ),
        }
        for how, c in counts.items()
    }
    return {
        "pages": len(pages),
        "by_fault": result,
        "by_field": {f: round(c["right"] / c["n"], 3) for f, c in fields.items()},
        "seconds": {"median": round(statistics.median(seconds), 2), "most": round(max(seconds), 2)},
    }


def pages_of(kind: str, split: str, count: int) -> list[tuple[str, bytes, dict[str, str]]]:
    pages = []
    for n in range(count):
        luck = random.Random(f"{kind} {split} {n}")
        page, truth = draw_contract(luck) if kind == "contract" else draw_slip(LAYOUTS[split][n % 2], luck)
        how = SPOILT[n // 2 % len(SPOILT)]
        pages.append((how, spoil(page, how, luck), truth))
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slips", type=int, default=54)
    parser.add_argument("--contracts", type=int, default=18)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    options = parser.parse_args()
    result = {
        "split": options.split,
        "slips": measured(pages_of("slip", options.split, options.slips), True),
        "contracts": measured(pages_of("contract", options.split, options.contracts), False),
        "machine": machine(),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
