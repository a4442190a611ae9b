"""Category, nature, worker type, urgency, jurisdiction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gonghui.brain import Message, categories, understand, understand_many
from gonghui.brain.alarms import find_alarms
from gonghui.brain.cues import CueError, parse_cue

NOVEMBER = datetime(2024, 11, 20, tzinfo=UTC)
JANUARY = datetime(2025, 1, 10, tzinfo=UTC)


def test_the_tree_is_the_handbooks() -> None:
    tree = categories()
    assert len(tree) == 117
    assert [code for code in tree if code.startswith("01")] == [f"01{number:02d}" for number in range(1, 11)]
    assert tree["0108"].topics == ("R02", "R03")
    assert all(category.zh and category.en for category in tree.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("公司拖欠我三个月工资怎么办", "0101"),
        ("老板一直压着我的工钱没给", "0101"),
        ("老板说没钱,工资拖了四个月", "0101"),
        ("本来说好一个月六千,结果只发了三千八", "0102"),
        ("我老公在工地上从架子上掉下来了,老板不管", "0601"),
        ("我在美团跑外卖摔伤了,平台不给赔", "0607"),
        ("迟到一次罚款两百,无故克扣工资", "0102"),
        ("工资还不到最低工资标准", "0103"),
        ("周末加班不给加班费", "0104"),
        ("年终奖说好发现在不发了", "0105"),
        ("包工头跑了,我们在工地的血汗钱没拿到", "0108"),
        ("干了一年公司一直没签劳动合同", "0201"),
        ("试用期都半年了还不转正", "0203"),
        ("公司要把我调岗降薪", "0205"),
        ("单位说我违反竞业限制要赔钱", "0207"),
        ("入职扣押身份证还收押金", "0209"),
        ("今天突然被公司开除,没有理由", "0301"),
        ("公司逼我主动辞职,把我踢出工作群", "0302"),
        ("辞退我不给经济补偿金", "0303"),
        ("辞职报告交了一个月公司不批", "0309"),
        ("每天上班12个小时,强制加班", "0401"),
        ("年休假从来没休过", "0403"),
        ("公司不给我们缴社保", "0501"),
        ("社保按最低基数缴", "0502"),
        ("失业金怎么领", "0504"),
        ("我什么时候可以退休,养老金多少", "0505"),
        ("公积金公司不给交", "0507"),
        ("上班时受伤公司不给申报工伤认定", "0601"),
        ("尘肺病怎么做职业病诊断", "0604"),
        ("车间没有口罩手套,不发劳保用品", "0703"),
        ("车间四十度没空调,有人中暑", "0704"),
        ("怀孕了公司要辞退我", "0801"),
        ("产假工资和生育津贴怎么算", "0802"),
        ("主管对女员工性骚扰", "0805"),
        ("厂里用童工", "0808"),
        ("我是外卖骑手,站点乱扣钱", "0901"),
        ("货车司机运费被拖欠", "0903"),
        ("劳务派遣同工不同酬", "1001"),
        ("公司不让我们成立工会", "1101"),
        ("我想加入工会怎么办理", "1107"),
        ("申请困难职工建档", "1201"),
        ("被黑中介骗了报名费", "1302"),
        ("工会驿站在哪里", "1401"),
        ("举报工会主席贪污工会经费", "1603"),
        ("小区物业乱收费,噪音扰民", "9902"),
    ],
)
def test_lay_words_lead_to_the_category(text: str, code: str) -> None:
    result = understand(text, time=NOVEMBER)
    assert code in [scored.code for scored in result.categories]
    scored = next(scored for scored in result.categories if scored.code == code)
    assert scored.why, "every proposal shows the words it stands on"
    assert 0.0 < scored.score <= 1.0


def test_at_most_three_categories_best_first() -> None:
    result = understand("拖欠工资,没签合同,不缴社保,加班没有加班费,还把我辞退了,扣了押金不退")
    scores = [scored.score for scored in result.categories]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_denied_wages_arrears_are_not_scored_as_arrears() -> None:
    said = understand("公司拖欠工资,也不给缴社保")
    denied = understand("公司没有拖欠工资,就是不给缴社保")
    assert {s.code: s.score for s in said.categories}["0101"] > 0.5
    assert {s.code: s.score for s in denied.categories}.get("0101", 0.0) < 0.4
    assert denied.categories[0].code == "0501"


def test_a_question_whether_wages_are_owed_is_no_denial() -> None:
    assert understand("公司有没有拖欠工资的行为").categories[0].score > 0.5


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("请问加班费怎么计算,标准是多少?", "consult"),
        ("我要投诉举报这家厂违法用工,请查处", "complaint"),
        ("要求公司支付拖欠的工资并赔偿", "dispute"),
        ("建议工会加强对新业态劳动者的关心,提个建议", "suggestion"),
        ("非常感谢工会的帮助,特此感谢,为你们点赞", "praise"),
        ("家里生活困难走投无路,求助工会救救我们", "help"),
    ],
)
def test_nature(text: str, nature: str) -> None:
    assert understand(text).nature.code == nature


@pytest.mark.parametrize(
    ("text", "worker"),
    [
        ("我是送外卖的骑手", "rider"),
        ("我是快递员,派费太低", "courier"),
        ("我跑滴滴,平台封号", "ride_hailing"),
        ("我是货车司机", "truck_driver"),
        ("我做月嫂的,家政公司不结账", "domestic"),
        ("我是主播,公会不发钱", "streamer"),
        ("我们农民工在工地干活", "migrant"),
        ("我是劳务派遣员工", "dispatched"),
        ("顶岗实习学生被安排夜班", "intern"),
        ("我在电子厂里上班", "enterprise"),
    ],
)
def test_worker_type(text: str, worker: str) -> None:
    result = understand(text)
    assert result.worker_type is not None
    assert result.worker_type.code == worker


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("我不想活了", "P0"),
        ("再不给工资我就从楼上跳下去,我要跳楼", "P0"),
        ("要跳楼", "P0"),
        ("老板不给钱,我活不下去了,不如死了算了", "P0"),
        ("他们爬上塔吊讨薪", "P0"),
        ("公司把我们关起来不让离开", "P0"),
        ("厂里用童工", "P0"),
        ("正在堵路,几十个人", "P0"),
        ("50名工友现在聚集在项目部门口讨薪", "P0"),
        ("现在正在打人,快来", "P0"),
        ("讨薪时被保安打了", "P1"),
        ("老板跑了", "P1"),
        ("老板跑路了,我们工资没着落", "P1"),
        ("再不发工资我们就去拉横幅上访", "P1"),
        ("怀孕了公司要辞退我", "P1"),
        ("工友从高处坠落,正在抢救", "P1"),
        ("仲裁时效还有三天就到期了", "P1"),
        ("我们15个人工资没发", "P1"),
        ("没钱吃饭了", "P2"),
        ("举报后被打击报复", "P2"),
        ("公司拖欠我三个月工资", "P3"),
        ("年休假怎么算", "P3"),
    ],
)
def test_urgency(text: str, level: str) -> None:
    assert understand(text, time=NOVEMBER).urgency.level == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("我们厂的工人全都四个月没拿到工资,三十几号人都去找过厂长,没有一个说法,请劳动局管一管", "P1"),
        ("公司侵犯42个员工的合法权益,不签合同不交社保,请查处", "P1"),
        ("保洁公司欠我们二十四个大姐的工资,从三月到现在,请帮我们讨回来", "P1"),
        ("班组长把身份证押在办公室,说干满一年才还给我们", "P1"),
        ("我爸在工地值夜班,早上被人发现人已经不行了,公司说是自己的病", "P1"),
        ("孕检单刚交上去,人事就让我签离职协议", "P1"),
        ("餐馆后厨有个小姑娘在洗碗,看着才十三四岁", "P0"),
    ],
)
def test_crowds_deaths_and_papers_are_known_however_they_are_told(text: str, level: str) -> None:
    assert understand(text, time=NOVEMBER).urgency.level == level


def test_a_doubtful_alarm_in_a_long_question_is_lowered_and_says_so() -> None:
    text = (
        "请问公司破产清算,还欠我们工资没发,我的档案移交到了人才中心,社保断了六年,现在想自己接着交,是按灵活就业的标准交吗?"
        "要带哪些材料,去哪个窗口办理,退休的时候这六年怎么算?"
    )
    urgency = understand(text, time=NOVEMBER).urgency
    assert urgency.level in ("P2", "P3")
    assert any("存疑" in reason for reason in urgency.why)


def test_how_large_a_firm_is_makes_no_crowd() -> None:
    assert understand("公司有300名员工,我想问年休假怎么安排", time=NOVEMBER).urgency.level == "P3"


@pytest.mark.parametrize(
    "text", ["没有自杀的想法", "我不会跳楼的", "我从未想过轻生", "没有人要罢工,没有堵路", "公司不存在使用童工"]
)
def test_denied_alarms_are_shown_and_raise_nothing(text: str) -> None:
    urgency = understand(text).urgency
    assert urgency.level == "P3"
    assert urgency.alarms
    assert all(alarm.negated for alarm in urgency.alarms)


@pytest.mark.parametrize(
    "text",
    [
        "同事去年跳楼的新闻大家看了吧",
        "单位组织观看预防自杀的宣传片",
        "请问如果有人在工地跳楼,公司要负责吗",
        "报道说某厂“童工”事件已经查处",
    ],
)
def test_news_history_and_general_questions_are_lower_than_a_threat(text: str) -> None:
    urgency = understand(text).urgency
    assert urgency.level in ("P2", "P3")
    assert urgency.alarms
    assert not any(alarm.negated for alarm in urgency.alarms)


def test_a_first_person_threat_stays_highest_beside_news() -> None:
    assert understand("看了新闻里别人跳楼才拿到钱,我也要去跳楼").urgency.level == "P0"


def test_harmless_words_that_hold_an_alarm_word_stay_silent() -> None:
    assert find_alarms("商场跳楼价大甩卖,被打折商品,请打我电话") == []


def test_alarm_spans_point_at_the_words() -> None:
    result = understand("他们扬言要堵路,老板跑了", title="求助")
    for alarm in result.urgency.alarms:
        assert result.text[alarm.start : alarm.end] == alarm.word


def test_arrears_before_spring_festival_count_one_level_higher() -> None:
    text = "公司拖欠工资,快过年了没钱回去"
    assert understand(text, time=JANUARY).urgency.level == "P2"
    assert understand(text, time=datetime(2024, 7, 1, tzinfo=UTC)).urgency.level == "P3"


@pytest.mark.parametrize(
    ("text", "rule", "region"),
    [
        ("我在贵阳市南明区上班,公司拖欠工资", "work_place_county", "520102"),
        ("公司拖欠工资,仲裁委已经受理,下周开庭", "legal_consult_only", None),
        ("举报工会主席贪污工会经费", "restricted", None),
        ("小区物业乱收费,噪音扰民", "elsewhere", None),
        ("我是贵阳市南明区的美团骑手,站点乱罚款", "industry_or_county", "520102"),
        ("公司在贵阳市和遵义市的工地都拖欠工资", "higher", "520000"),
        ("公司拖欠工资", "unknown_place", None),
        ("我是四川省成都市人,在贵阳市南明区打工,老板拖欠工资", "work_place_county", "520102"),
    ],
)
def test_jurisdiction_follows_the_rule_order(text: str, rule: str, region: str | None) -> None:
    proposal = understand(text, time=NOVEMBER).jurisdiction
    assert (proposal.rule, proposal.region_code) == (rule, region)
    assert proposal.reasons


def test_arbitration_refused_is_no_legal_exclusion() -> None:
    assert understand("公司拖欠工资,仲裁委不予受理").jurisdiction.rule != "legal_consult_only"


def test_a_life_in_danger_is_never_sent_elsewhere() -> None:
    assert understand("小区物业逼得我要跳楼了").jurisdiction.rule != "elsewhere"


def test_the_hint_stands_in_for_a_missing_place() -> None:
    proposal = understand("公司拖欠工资", region_hint="520102").jurisdiction
    assert proposal.region_code == "520102"
    assert proposal.confidence < 0.6


@pytest.mark.parametrize("cue", ["", "a~b~c", "(|工资)", "@nowhere"])
def test_a_bad_cue_is_refused_with_its_text(cue: str) -> None:
    with pytest.raises(CueError, match="cue"):
        parse_cue(cue, {})


@pytest.mark.parametrize(
    "text",
    [
        "有个工人站在楼顶要跳下来",
        "我们厂有人爬到楼顶说要跳下去，快来人",
        "工友站在塔吊上，说不给钱就往下跳",
        "老板把宿舍门锁了不让我们出去",
        "工地架子塌了，砸到人了",
        "脚手架倒塌，压住两个人",
        "车间着火了",
        "天然气泄漏，我们还在里面干活",
        "工友触电倒下了",
        "机器把手绞断了，血流不止",
    ],
)
def test_what_is_happening_now_is_an_emergency(text: str) -> None:
    assert understand(text).urgency.level == "P0"


@pytest.mark.parametrize(
    "text",
    [
        "没有人受伤，架子塌过一次，是去年的事",
        "我们在楼顶吃饭",
        "隔壁厂去年着过火，我们车间的消防门也一直锁着，请派人看看。",
        "公司把我锁定在销售岗位",
        "前年工地塌方压着人，工伤赔偿怎么算",
        "老板说要跳槽的自己走",
    ],
)
def test_what_is_over_or_only_sounds_so_is_none(text: str) -> None:
    assert understand(text).urgency.level in ("P2", "P3")


def test_a_closer_look_changes_only_the_category_of_what_the_words_leave_in_doubt() -> None:
    sure = Message("公司拖欠我三个月工资，我要求支付工资。")
    doubtful = Message("我在单位干了二十年，现在什么都没有，领导说这事不归他们管，想问问像我这种情况到底该怎么办。")
    quick, close = (list(understand_many([sure, doubtful], facts=False, closely=closely)) for closely in (False, True))
    assert quick[0] == close[0]
    assert quick[1].categories != close[1].categories
    assert (quick[1].is_labour, quick[1].urgency, quick[1].nature) == (
        close[1].is_labour,
        close[1].urgency,
        close[1].nature,
    )
    # Each is rounded.
    assert sum(scored.score for scored in close[1].categories) <= 1.0015


def test_texts_without_a_single_cue_are_read_by_themselves_too() -> None:
    for text in ("", "……", "a"):
        assert understand(text).nature.code
