"""A tab serves one visit after another, and to each page it is as if the tab were its own: there is no page before it.

seen: <script>alert('信息不存在');history.go(-1)</script>, the answer of ASP and PHP to what is gone: in a tab that
served before, it came to the page of the visit before, which was then read in its stead.

A script in every document (`KEEP_FROM_BEFORE`) keeps pages from it, given that the tab has forgotten what was before
when a visit begins: the page of the visit before is the first entry of its history then, and nobody's. A page that gets
past the script is found out (`Visit.snapshot`) and not read.
"""

from __future__ import annotations

# Run in every document before its own scripts.
KEEP_FROM_BEFORE = """(() => {
  const { back, go } = History.prototype;
  History.prototype.back = function () { if (this.length > 2) back.call(this); };
  History.prototype.go = function (steps) {
    if (!(steps < 0) || this.length + Number(steps) >= 2) go.apply(this, arguments);
  };
})()"""
