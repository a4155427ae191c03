"""Whether pressing a button, or Enter in a box, sends the search and nothing else.

A box without a button of its own stands beside a login, a ballot or a message often enough, or inside one form with all
of them; then the nearest button, or the first one of the form, is somebody else's. And what logs out, deletes or votes
(`portal.actions`, as for links) is not sent at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.browser import driver
from crawler.browser.words import names, opener_words
from portal.actions import changes_something, says_deed
from portal.vocabulary import words

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Locator

SECONDS = 2.5

# Enter presses the first button of a form. A button that says nothing may be the search's where there is nothing else
# to be sent; in a crowd, and in another form, it must say so.
_SENDS_SEARCH = """(box, [button, words, parts]) => {
  const flat = text => (text || '').replace(/\\s+/g, '').toLowerCase();
  button = button || [...(box.form?.elements || [])].find(e => ['submit', 'image'].includes(e.type) && !e.disabled);
  if (!button) return true;
  const inner = [button, ...button.querySelectorAll('i, img, span, svg')];
  const labels = inner.flatMap(e => [e.value, e.textContent, e.alt, e.title, e.getAttribute('aria-label')]).map(flat);
  if (labels.some(label => label.length <= 12 && words.some(word => label.includes(word)))) return true;
  if (labels.every(label => !label)) {
    const named = ['class', 'id', 'name', 'src', 'onclick', 'href'];
    const marks = inner.flatMap(e => named.map(name => flat(e.getAttribute(name))));
    if (marks.some(mark => parts.some(part => mark.includes(part)))) return true;
  }
  const owner = button.form || button.closest('form');
  if (owner && owner !== box.form) return false;
  let area = owner || box;
  while (area.parentElement && !(area.contains(button) && area.contains(box))) area = area.parentElement;
  const silent = ['hidden', 'submit', 'button', 'image', 'reset'];
  return ![...area.querySelectorAll('input, textarea')].some(e => e !== box && !silent.includes(e.type));
}"""

# What a button, or Enter without one, says and where it leads: the address of its form, its own, those in its handler.
_LEADS = """(box, button) => {
  const form = button ? button.form || button.closest('form') : box.form;
  const press = button || [...(form?.elements || [])].find(e => ['submit', 'image'].includes(e.type) && !e.disabled);
  const written = [form?.getAttribute('action'), press?.getAttribute('formaction'), press?.closest('a')?.href,
    ...[...(press?.getAttribute('onclick') || '').matchAll(/['"]([^'"\\s]+)['"]/g)].map(quoted => quoted[1])];
  const whole = text => { try { return new URL(text, document.baseURI).href; } catch { return ''; } };
  const said = (press?.matches('input') ? press.value || press.alt : press?.textContent) || '';
  return [said, ...written.filter(Boolean).map(whole)];
}"""


async def sends_search(box: Locator, button: Locator | None = None) -> bool:
    """Returns whether `button` (without one: Enter in the box) sends nothing but the search; False where unknown."""
    handle: ElementHandle | None = None
    try:
        if button is not None:
            handle = await button.element_handle(timeout=SECONDS * 1000)
        says, *addresses = await box.evaluate(_LEADS, handle, timeout=SECONDS * 1000)
        if says_deed(says) or any(map(changes_something, addresses)):
            return False
        return bool(await box.evaluate(_SENDS_SEARCH, [handle, *_vocabulary()], timeout=SECONDS * 1000))
    except driver.Error:  # gone meanwhile, or in another frame than the box
        return False


def _vocabulary() -> tuple[list[str], list[str]]:
    said = [*opener_words(), *("".join(word.split()).lower() for word in words("search", "box", "button"))]
    return sorted(set(said)), sorted({*names("opener"), *words("search", "box", "parts")})
