"""Pages that use every way a browser offers to ask for an address."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.browser.site import html

# Each way asks for `base` + its own name, so that a server can tell which one came through. What a way needs of the
# page it stands in is written there; "await" is done by the caller.
WAYS = {
    "fetch": "fetch(at('fetch'), {mode: 'no-cors'}).catch(() => 0)",
    "post": "fetch(at('post'), {mode: 'no-cors', method: 'POST', body: 'x'}).catch(() => 0)",
    "xhr": "(() => { const x = new XMLHttpRequest(); x.open('GET', at('xhr')); x.send(); })()",
    "beacon": "navigator.sendBeacon(at('beacon'), 'x')",
    "img": "new Image().src = at('img')",
    "script": "add('script', {src: at('script')})",
    "style": "add('link', {rel: 'stylesheet', href: at('style')})",
    "import": "add('style', {textContent: '@import url(' + at('import') + ')'})",
    "font": "(() => { const f = new FontFace('x', 'url(' + at('font') + ')'); f.load().catch(() => 0); })()",
    "iframe": "add('iframe', {src: at('iframe')})",
    "object": "add('object', {data: at('object'), type: 'text/html'})",
    "embed": "add('embed', {src: at('embed'), type: 'text/html'})",
    "audio": "add('audio', {src: at('audio'), preload: 'auto'})",
    "preload": "add('link', {rel: 'preload', as: 'fetch', href: at('preload')})",
    "prefetch": "add('link', {rel: 'prefetch', href: at('prefetch')})",
    "eventsource": "new EventSource(at('eventsource'))",
    "worker": "new Worker(URL.createObjectURL(new Blob(['importScripts(' + JSON.stringify(at('worker')) + ')'])))",
    "socket": "new WebSocket(at('socket').replace('http', 'ws'))",
    "data": "add('iframe', {src: 'data:text/html,<script src=\"' + at('data') + '\"><\\/script>'})",
    "srcdoc": "add('iframe', {srcdoc: '<img src=\"' + at('srcdoc') + '\">'})",
    "form": "(() => { const n = add('iframe', {name: 'f' + Math.random()});"
    " const f = add('form', {action: at('form'), method: 'post', target: n.name}); f.submit(); })()",
    "window": "window.open(at('window'))",
    "shared": "new SharedWorker(URL.createObjectURL(new Blob(['importScripts(\\'' + at('shared') + '\\')'])))",
    "background": "document.body.style.background = 'url(' + at('background') + ')'",
    "poster": "add('video', {poster: at('poster')})",
    "srcset": "add('img', {srcset: at('srcset') + ' 2x'})",
    "button": "add('input', {type: 'image', src: at('button')})",
    "drawing": "add('div', {innerHTML: '<svg><image href=\"' + at('drawing') + '\"/></svg>'})",
    "module": "add('link', {rel: 'modulepreload', href: at('module')})",
}
# Ways that leave no request behind where there is nobody, or none at all in a browser without a window.
QUIET = {
    "preconnect": "add('link', {rel: 'preconnect', href: base})",
    "dns": "add('link', {rel: 'dns-prefetch', href: base})",
    "prerender": "add('script', {type: 'speculationrules', textContent:"
    " JSON.stringify({prerender: [{source: 'list', urls: [at('prerender')]}]})})",
    "speculation": "add('script', {type: 'speculationrules', textContent:"
    " JSON.stringify({prefetch: [{source: 'list', urls: [at('speculation')], eagerness: 'immediate'}]})})",
    "fenced": "['fencedframe', 'portal'].forEach(tag => add(tag, {src: at('fenced')}))",
    "use": "add('div', {innerHTML: '<svg><use href=\"' + at('use') + '#a\"/></svg>'})",
    "icon": "['icon', 'manifest'].forEach(rel => add('link', {rel, href: at('icon')}))",
    "place": "[navigator.geolocation.getCurrentPosition(() => 0), Notification.requestPermission()]",
    "ping": "add('a', {href: '#', ping: at('ping')}).click()",
    "transport": "new WebTransport(at('transport').replace('http:', 'https:')).closed.catch(() => 0)",
}


def asking(bases: Sequence[str], ways: dict[str, str] | None = None) -> str:
    """Returns a page that asks for every address of `bases` (each ending where a way's name may follow) every way."""
    chosen = {**WAYS, **QUIET} if ways is None else ways
    calls = ",\n".join(f"() => {call}" for call in chosen.values())
    script = f"""
      let base = '';
      const at = name => base + name;
      const add = (tag, values) => {{
        const made = document.createElement(tag);
        return document.body.appendChild(Object.assign(made, values));
      }};
      for (base of {json.dumps(list(bases))})
        for (const way of [{calls}]) try {{ way(); }} catch (refused) {{ }}
    """
    return html("页", f"<p>正文</p><script>{script}</script>")


def calling(port: int) -> str:
    """Returns a page that calls a port of this machine by WebRTC: STUN and TURN, UDP and TCP, and as a peer."""
    script = f"""
      (async () => {{
        const turn = kind => ({{urls: 'turn:127.0.0.1:{port}?transport=' + kind, username: 'a', credential: 'b'}});
        const stun = {{urls: 'stun:127.0.0.1:{port}'}};
        const one = new RTCPeerConnection({{iceServers: [stun, turn('udp'), turn('tcp')]}});
        const other = new RTCPeerConnection();
        one.createDataChannel('x');
        await one.setLocalDescription(await one.createOffer());
        await other.setRemoteDescription(one.localDescription);
        await other.setLocalDescription(await other.createAnswer());
        await one.setRemoteDescription(other.localDescription);
        for (const kind of ['udp', 'tcp']) for (const host of ['127.0.0.1', '::1'])
          await one.addIceCandidate({{sdpMid: '0', candidate: 'candidate:1 1 ' + kind + ' 2122260223 ' + host +
            ' {port} typ host' + (kind === 'tcp' ? ' tcptype passive' : '')}}).catch(() => 0);
        document.title = 'called';
      }})();
    """
    return html("页", f"<p>正文</p><script>{script}</script>")


def looking_for_calls(other: str) -> str:
    """Returns a page that looks for RTCPeerConnection in itself, its windows and every kind of frame, with `other` an
    address of another site that tells its parent what it has; the title becomes what was found."""
    script = f"""
      const found = [];
      const has = (where, what) => {{ if (what && what.RTCPeerConnection) found.push(where); }};
      const frame = values => {{
        const made = Object.assign(document.createElement('iframe'), values);
        document.body.append(made);
        return made;
      }};
      let heard = 0;
      onmessage = event => {{ heard++; if (event.data.has) found.push(event.data.where); tell(); }};
      const tell = () => document.title = `${{heard}} frames, found: ` + found.join(' ');
      const has_it = "has: !!self.RTCPeerConnection";
      const ask = where => `<script>parent.postMessage({{where: '${{where}}', ${{has_it}}}}, '*')<\\/script>`;
      has('window', window);
      const empty = frame({{}});
      has('empty frame at once', empty.contentWindow);
      setTimeout(() => has('empty frame later', empty.contentWindow));
      const written = frame({{}});
      written.contentDocument.write('<p>x');
      written.contentDocument.close();
      has('written frame', written.contentWindow);
      const opened = window.open('about:blank');
      has('window opened', opened);
      frame({{srcdoc: ask('srcdoc')}});
      frame({{src: 'data:text/html,' + encodeURIComponent(ask('data'))}});
      frame({{src: URL.createObjectURL(new Blob([ask('blob')], {{type: 'text/html'}}))}});
      frame({{sandbox: 'allow-scripts', srcdoc: ask('sandboxed')}});
      frame({{src: {json.dumps(other)}}});
      tell();
    """
    return html("页", f"<p>正文</p><script>{script}</script>")
