import { BEHAVIOURS } from './behaviours.ts';
import type { InboxDevice, InboxTotals } from './inbox.ts';
import type { ReceivedMessage } from './ledger.ts';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
/** Never a whole token: whoever has one can be written to. */
const short = (target: string) => (/^\/topics\/|'/.test(target) ? target : `…${target.slice(-6)}`);
const facts = (all: (string | false | undefined)[]) =>
  `<small>${all.flatMap((fact) => (fact ? [escape(fact)] : [])).join(' · ')}</small>`;

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  html { background: light-dark(#fff, #111318); color: light-dark(#111, #eee); }
  body { max-width: 70rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
  header, form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; }
  header { justify-content: space-between; }
  h1 { font-size: 1.5rem; margin: 0; }
  h2 { font-size: 1.25rem; margin: 2rem 0 .75rem; }
  h3, h4 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
  p { margin: 0; overflow-wrap: anywhere; }
  small { color: light-dark(#555, #b5b5b5); overflow-wrap: anywhere; }
  ul { list-style: none; margin: .75rem 0 0; padding: 0; display: grid; gap: .75rem; }
  .devices { grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); align-items: start; }
  .device { border: 1px solid light-dark(#bbb, #666); border-radius: 1.25rem; padding: 1rem; }
  .note { background: light-dark(#eef1f8, #262a33); border-radius: .75rem; padding: .6rem .8rem; }
  .message { border: 1px solid light-dark(#bbb, #666); border-radius: .75rem; padding: .6rem .8rem; }
  .refused { border-style: dashed; }
  .twice { outline: 2px solid light-dark(#b3261e, #f2b8b5); }
  input, button { font: inherit; padding: .35rem .75rem; border-radius: .5rem; border: 1px solid light-dark(#777, #999); }
  [aria-pressed=true] { background: light-dark(#0b57d0, #a8c7fa); color: light-dark(#fff, #062e6f); }
  label { display: grid; }
  :focus-visible { outline: 3px solid light-dark(#0b57d0, #a8c7fa); outline-offset: 2px; }
  td { padding: .1rem 1rem .1rem 0; vertical-align: top; overflow-wrap: anywhere; }
  summary { font-size: 1.25rem; font-weight: bold; margin-top: 2rem; cursor: pointer; }
`;

/** Keeps what is on the page up to date, every second until it is told to stop, and never touches what has the focus. */
export const SCRIPT = `
const pause = document.querySelector('#pause');
let paused = false;
pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
});
const wipe = document.querySelector('#wipe');
wipe.hidden = false;
wipe.addEventListener('click', () => fetch('/simulator/inbox', { method: 'DELETE' }).then(refresh));
async function refresh() {
  const text = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  for (const part of document.querySelectorAll('[data-live]'))
    part.innerHTML = fresh.getElementById(part.id).innerHTML;
}
setInterval(() => { if (!paused && !document.hidden) refresh().catch(() => undefined); }, 1000);
`;

export interface PageContent {
  /** Only what is about this event is shown. */
  eventId?: string;
  devices: InboxDevice[];
  totals: InboxTotals;
  messages: ReceivedMessage[];
  received: number;
}

/** Screens and messages, for people; the newest first. */
export function page({ eventId = '', devices, totals, messages, received }: PageContent): string {
  const behaviours = Object.entries(BEHAVIOURS)
    .map(([word, { does }]) => `<tr><td><code>${escape(word)}</code></td><td>${escape(does)}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>FCM simulator</title>
<style>${STYLE}</style>
<script src="/simulator/page.js" defer></script>
</head>
<body>
<header>
<h1>FCM simulator</h1>
<form method="get">
<label>Only of event<input name="event_id" value="${escape(eventId)}" autocomplete="off"></label>
<button>Show</button>
<button type="button" id="pause" aria-pressed="false" hidden>Pause updates</button>
<button type="button" id="wipe" hidden>Wipe all screens</button>
</form>
</header>
<main>
<h2>On the screens</h2>
<div id="screens" data-live>
<p>${plural(totals.devices, 'device')}, ${plural(totals.shown, 'notification')} shown; rang ${plural(totals.rings, 'time')}, ${totals.replaced} replaced without a sound.</p>
<ul class="devices">
${devices.map(deviceCard).join('\n')}
</ul>
</div>
<h2>What came in</h2>
<div id="messages" data-live>
<p>${plural(received, 'message')} received${messages.length > 0 ? `; ${eventId ? 'those of the event' : 'the newest first'}` : ''}.</p>
<ul>
${messages.map(messageCard).join('\n')}
</ul>
</div>
<details><summary>What a registration token can ask for by its first word</summary>
<table>
${behaviours}
</table>
</details>
</main>
</body>
</html>
`;
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

function deviceCard(device: InboxDevice): string {
  const { token, platform, online, waiting, rings, replaced, silent, shown_twice, notifications } = device;
  const notes = notifications.map(
    ({ title, body, event_id, topic, times, shown_at }) => `<li class="note">
<h4 dir="auto">${escape(title || '(no title)')}</h4>
<p dir="auto">${escape(body)}</p>
${facts([event_id, topic && short(topic), times > 1 && `${times} messages`, shown_at.slice(11, 19)])}
</li>`,
  );
  const lines = [
    platform,
    online ? 'online' : `offline, ${waiting} waiting`,
    `rang ${plural(rings, 'time')}`,
    replaced > 0 && `${replaced} replaced`,
    silent > 0 && `${silent} without a notification`,
    shown_twice.length > 0 && `shown twice: ${shown_twice.join(', ')}`,
  ];
  return `<li class="device${shown_twice.length > 0 ? ' twice' : ''}">
<h3>${escape(short(token))}</h3>
${facts(lines)}
<ul>
${notes.join('\n')}
</ul>
</li>`;
}

function messageCard({ notification, target, answer, time, data, validate_only }: ReceivedMessage): string {
  return `<li class="message${answer === 'OK' ? '' : ' refused'}">
<h3 dir="auto">${escape(notification?.title ?? '(no title)')}</h3>
<p dir="auto">${escape(notification?.body ?? '')}</p>
${facts([short(target), answer, time, data?.['event_id'], validate_only && 'only checked'])}
</li>`;
}
