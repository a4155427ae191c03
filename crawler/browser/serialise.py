"""Takes a page down as HTML: what a visitor sees of it, with the text of its boxes, its frames and shadows in place."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.browser import driver

if TYPE_CHECKING:
    from playwright.async_api import Frame, Page

HTML_LIMIT = 4_000_000  # characters of a serialised page that are kept
ELEMENTS = 150_000  # of a page that is taken down; browsers themselves grow slow long before
TITLE_LIMIT = 10_000  # characters of a title that are kept
TOO_MANY = "mingcha: too many elements"  # what the page is told to say of more
FRAMES = 12  # frames of a page that are taken down
FRAME_SECONDS = 2.0  # for one of them

# A typed or default text lives in a property, not in the source; frames get a marker that their content replaces.
# What is too large is not even copied: it would be copied four times before it arrived here.
# What an element of its own kind draws into its shadow is no part of the document: it takes the place of what the
# element holds, and what that is shown through a slot stands there (`crawler.browser.shadows`).
_SERIALISE = """([inner, limit, elements, titled]) => {
  if (document.getElementsByTagName('*').length > elements) throw new Error('mingcha: too many elements');
  const root = document.documentElement.cloneNode(true);
  const drawn = window[Symbol.for('mingcha.shadows')];
  const shadow = element => element.shadowRoot || (drawn && drawn.get(element)) || null;
  let room = 2000;
  const hosts = (live, copy) => {
    const found = [];
    let copies = null, at = -1;
    for (const element of live.querySelectorAll('*')) {
      at++;
      if (!room || !shadow(element)) continue;
      room--;
      copies = copies || [...copy.querySelectorAll('*')];
      if (copies[at]) found.push([element, copies[at], [...element.childNodes], [...copies[at].childNodes]]);
    }
    return found;
  };
  const pairs = hosts(document.documentElement, root);
  const copies = root.querySelectorAll('input');
  document.querySelectorAll('input').forEach((field, i) => {
    if (copies[i] && field.value && !['password', 'file', 'image'].includes(field.type))
      copies[i].setAttribute('value', field.value);
  });
  const absolute = (live, copy) => {
    for (const name of ['href', 'src', 'action']) {
      const held = live.querySelectorAll('[' + name + ']');
      copy.querySelectorAll('[' + name + ']').forEach((element, i) => {
        const address = held[i] && held[i][name];
        if (typeof address === 'string' && /^https?:/.test(address)) element.setAttribute(name, address);
      });
    }
  };
  if (inner) absolute(document, root);
  root.querySelectorAll('iframe,frame,object,embed').forEach((frame, i) =>
    frame.after(document.createComment('mingcha-frame ' + i + ' ')));
  const flatten = ([element, copy, kids, copied], depth) => {
    const live = shadow(element), box = document.createElement('div');
    for (const node of live.childNodes) box.append(node.cloneNode(true));
    const below = depth ? hosts(live, box) : [];
    if (inner) absolute(live, box);
    const slots = box.querySelectorAll('slot');
    live.querySelectorAll('slot').forEach((slot, i) => {
      const shown = slot.assignedNodes ? slot.assignedNodes() : [];
      if (!slots[i] || !shown.length) return;
      slots[i].replaceChildren(...shown.flatMap(node => {
        const one = copied[kids.indexOf(node)], mark = one && one.nextSibling;
        if (!one) return [];
        return mark && mark.nodeType === 8 && mark.data.startsWith('mingcha-frame ') ? [one, mark] : [one];
      }));
    });
    for (const pair of below) flatten(pair, depth - 1);
    copy.replaceChildren(...box.childNodes);
  };
  for (const pair of pairs.reverse()) flatten(pair, 4);
  const set = root.querySelector('frameset');
  if (set) {
    const body = document.createElement('body');
    body.append(...set.childNodes);
    set.replaceWith(body);
  }
  const html = inner ? (root.querySelector('body') || root).innerHTML : root.outerHTML;
  return [html.slice(0, limit), document.title.slice(0, titled)];
}"""
_FRAME_INDEX = "element => [...element.ownerDocument.querySelectorAll('iframe,frame,object,embed')].indexOf(element)"


async def serialise(page: Page) -> tuple[str, str]:
    """Returns the document, frames included, and its title. Raises playwright's Error: of a page with more than
    ELEMENTS elements one that says TOO_MANY."""
    html, title = await _taken_down(page.main_frame, [FRAMES], inner=False)
    return html[:HTML_LIMIT], title


async def _taken_down(frame: Frame, budget: list[int], *, inner: bool) -> tuple[str, str]:
    html, title = await frame.evaluate(_SERIALISE, [inner, HTML_LIMIT, ELEMENTS, TITLE_LIMIT])
    if not isinstance(html, str) or not isinstance(title, str):
        return "", ""  # the page has functions of its own where browsers have theirs
    for child in frame.child_frames:
        if budget[0] <= 0 or child.is_detached():
            continue
        budget[0] -= 1
        try:
            async with asyncio.timeout(FRAME_SECONDS):
                element = await child.frame_element()
                index = await element.evaluate(_FRAME_INDEX)
                content, _ = await _taken_down(child, budget, inner=True)
        except (driver.Error, TimeoutError):
            continue  # the frame went away, shows an error page, or never comes to be (an object that is refused)
        marked = f'<div data-mingcha-frame="{child.url.replace(chr(34), "%22")}">{content}</div>'
        html = html.replace(f"<!--mingcha-frame {index} -->", marked, 1)
    return html, title
