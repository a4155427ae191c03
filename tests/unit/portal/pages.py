"""Small pages in the shapes real portals have, for tests of the readers."""

from __future__ import annotations

from portal.html import Document, parse

TEXT = "为深入贯彻落实上级关于优化营商环境的部署要求，进一步规范行政行为，切实维护群众合法权益，现就有关事项通知如下。"
PROSE = f"<p>{TEXT}</p><p>{TEXT}各单位要高度重视，加强领导，压实责任，确保各项任务落到实处、取得实效。</p>"
FOOTER = '<div class="footer"><p>主办单位：某县人民政府办公室 网站标识码：6109250001 陕ICP备05000000号</p></div>'


def document(
    body: str, *, title: str = "", head: str = "", url: str = "https://www.example.gov.cn/a/b.html"
) -> Document:
    """Returns a parsed page with the given title, head and body."""
    html = f"<html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>"
    return parse(html.encode(), url, "text/html; charset=utf-8")
