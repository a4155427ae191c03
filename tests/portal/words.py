"""Plausible Chinese contents from a seed: titles that never repeat, bodies of several hundred characters."""

# ruff: noqa: SIM905 (word lists are read and widened more easily as running text)

from __future__ import annotations

import random

PLACES = (
    "城关镇 东屏镇 柳林镇 石桥镇 白塔镇 河口镇 清水镇 南坪镇 北山镇 青龙镇 大营镇 马鞍镇 "
    "杨家湾镇 新华街道 建设路街道 滨河街道 梅溪乡 双泉乡 高庙乡 云台乡 "
).split()
LEADERS = (
    "县委书记周明远 县长陈立群 常务副县长吴建华 副县长林晓 副县长赵文博 县人大常委会主任孙国梁 县政协主席郑海燕 "
).split()
UNITS = (
    "县教育局 县民政局 县财政局 县人力资源和社会保障局 县自然资源局 县生态环境局 "
    "县住房和城乡建设局 县交通运输局 县水利局 县农业农村局 县文化和旅游局 县卫生健康局 "
    "县应急管理局 县审计局 县市场监督管理局 县统计局 县医疗保障局 县林业局 县乡村振兴局 "
    "县行政审批服务局 "
).split()
TOPICS = (
    "秋粮收购 森林防火 老旧小区改造 乡村道路养护 义务教育均衡发展 基层卫生服务 农村饮水安全 "
    "招商引资 营商环境优化 文化惠民 全域旅游 高标准农田 河道清淤 垃圾分类 安全生产 食品安全 "
    "防汛抗旱 秸秆综合利用 养老服务 残疾人帮扶 就业创业 中小企业服务 电子商务进农村 特色林果 "
    "生猪稳产保供 城镇燃气 消防宣传 普法宣传 网络安全 节能降碳 科技下乡 职业技能培训 粮食烘干 "
    "水库除险加固 冬季供暖 校园周边治理 公共机构节水 退役军人优抚 妇幼健康 地质灾害防治 "
).split()
FIGURES = (
    "三级联动 六项举措 四个聚焦 五到位 一线工作法 清单管理 网格化巡查 专班推进 首问负责 "
    "限时办结 双随机抽查 以奖代补 定点联系 分片包干 "
).split()
RESULTS = (
    "取得阶段性成效 迈出坚实步伐 惠及上万农户 进入收官阶段 实现全覆盖 形成长效机制 获群众点赞 "
    "跑出加速度 交出亮眼答卷 打通最后一公里 "
).split()

_NEWS = (
    "{leader}到{place}调研{topic}工作",
    "全县{topic}工作推进会在{place}召开",
    "{place}{topic}{result}",
    "{unit}扎实推进{topic}工作",
    "{place}：{figure}抓好{topic}",
    "{unit}赴{place}开展{topic}专项检查",
    "{leader}主持召开{topic}专题会议",
    "{place}组织开展{topic}宣传活动",
)
_NOTICES = (
    "关于开展{topic}专项检查的通告",
    "{unit}关于{place}{topic}项目招标结果的公告",
    "关于{place}{topic}工程临时占道施工的通告",
    "{unit}关于公布{topic}监督电话的公告",
    "关于做好{place}{topic}登记工作的公告",
    "{unit}关于{topic}项目环境影响评价信息的公示",
    "关于{place}部分路段因{topic}施工交通管制的通告",
)
_OPENERS = (
    "为深入贯彻落实县委、县政府关于{topic}的部署要求，{unit}联合{place}，于近日组织开展了专题行动。",
    "连日来，{place}把{topic}作为一项重点民生任务，坚持问题导向，压实各级责任，工作有序展开。",
    "近日，{unit}有关负责同志深入{place}，实地查看{topic}进展情况，与基层干部群众面对面交流。",
    "金秋时节，走进{place}，随处可见干部群众齐心协力抓{topic}的热闹场景。",
)
_MIDDLES = (
    "在现场，检查组详细询问了资金安排、人员配备和工程质量，要求把{figure}落到每一个环节。",
    "据介绍，今年以来全县累计投入资金{n}万元，完成{topic}任务{m}处，受益群众超过{k}人。",
    "{place}还建立了周调度、月通报制度，对发现的{m}个问题逐一登记，明确责任人和完成时限。",
    "“以前办这件事要跑好几趟，如今在村里就能办妥。”{place}的一位村民高兴地说。",
    "{unit}坚持边实践边总结，梳理形成{figure}的做法，{result}。",
    "会议指出，{topic}事关长远，事关群众切身利益，要统筹发展和安全，做到早谋划、早部署、早见效。",
    "专业技术人员走进田间地头、企业车间，发放宣传资料{k}余份，解答群众提问{m}个。",
    "与去年同期相比，相关指标提高了{p}个百分点，群众满意度达到百分之九十{d}。",
    "针对点多、线长、面广的实际，工作组划分{d}个片区，逐村逐户摸清底数，做到情况明、数字准。",
)
_CLOSERS = (
    "下一步，{unit}将继续完善机制，强化督导，确保{topic}各项任务按期完成。",
    "{place}有关负责人表示，将以此为契机，推动{topic}再上新台阶。",
    "会议要求，各级各部门要加强协作配合，形成工作合力，以实际成效取信于民。",
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红玲志国建文"


class Words:
    """A source of texts. Not thread-safe; the same seed gives the same texts in the same order."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def number(self, low: int, high: int) -> int:
        """Returns a number between both ends, both included."""
        return self._random.randint(low, high)

    def pick(self, words: tuple[str, ...] | list[str]) -> str:
        """Returns one of the words."""
        return self._random.choice(words)

    def _fill(self, template: str, topic: str = "") -> str:
        r = self._random
        return template.format(
            leader=r.choice(LEADERS),
            place=r.choice(PLACES),
            unit=r.choice(UNITS),
            topic=topic or r.choice(TOPICS),
            figure=r.choice(FIGURES),
            result=r.choice(RESULTS),
            n=r.randint(80, 9800),
            m=r.randint(3, 160),
            k=r.randint(200, 9000),
            p=f"{r.randint(1, 9)}.{r.randint(1, 9)}",
            d=r.choice("三四五六七八"),
        )

    def _fresh(self, templates: tuple[str, ...]) -> str:
        for _ in range(10_000):
            title = self._fill(self._random.choice(templates))
            if title not in self._used:
                self._used.add(title)
                return title
        raise ValueError("the templates are used up")

    def news(self) -> str:
        """Returns a news title not given before."""
        return self._fresh(_NEWS)

    def notice(self) -> str:
        """Returns a title of a public notice not given before."""
        return self._fresh(_NOTICES)

    def title(self, *templates: str) -> str:
        """Returns a title from templates of one's own, not given before."""
        return self._fresh(templates)

    def body(self, paragraphs: int = 5, topic: str = "") -> str:
        """Returns the paragraphs of an article as HTML, some 80 to 120 characters each."""
        r = self._random
        topic = topic or r.choice(TOPICS)
        middles = r.sample(_MIDDLES, min(len(_MIDDLES), 2 * paragraphs - 3))
        texts = [self._fill(r.choice(_OPENERS), topic) + self._fill(middles[0], topic)]
        for at in range(1, paragraphs - 1):
            pair = middles[2 * at - 1 : 2 * at + 1]
            texts.append("".join(self._fill(m, topic) for m in pair))
        texts.append(self._fill(middles[-1], topic) + self._fill(r.choice(_CLOSERS), topic))
        return "\n".join(f"<p>　　{text}</p>" for text in texts)

    def person(self) -> str:
        """Returns an invented name."""
        return self._random.choice(_SURNAMES) + "".join(self._random.sample(_GIVEN, 2))

    def mobile(self) -> str:
        """Returns an invented mobile number."""
        return "13" + "".join(str(self._random.randint(0, 9)) for _ in range(9))
