import { BEHAVIOURS } from './behaviours.ts';
import type { ReceivedMessage } from './ledger.ts';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
  li { list-style: none; margin: 0 0 .75rem; padding: .75rem 1rem; border: 1px solid #8886; border-radius: .75rem; }
  ol { padding: 0; }
  h2 { font-size: 1rem; margin: 0; }
  p { margin: 0; }
  small { opacity: .75; overflow-wrap: anywhere; }
  .refused { border-style: dashed; }
  td { padding-right: 1rem; vertical-align: top; }
`;

/** The newest messages as a phone would show them, for people. It loads itself again every two seconds. */
export function page(messages: ReceivedMessage[], received: number): string {
  const notifications = messages.map(notification).join('\n');
  const behaviours = Object.entries(BEHAVIOURS)
    .map(([word, { does }]) => `<tr><td><code>${escape(word)}…</code></td><td>${escape(does)}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width">
<title>FCM simulator</title>
<style>${STYLE}</style>
</head>
<body>
<h1>FCM simulator</h1>
<p>${received} ${received === 1 ? 'message' : 'messages'} received${messages.length > 0 ? ', the newest first' : ''}.</p>
<ol>
${notifications}
</ol>
<details><summary>What a registration token can ask for by its first word</summary>
<table>
${behaviours}
</table>
</details>
</body>
</html>
`;
}

function notification({ notification, target, answer, time, data, validate_only }: ReceivedMessage): string {
  const shown = target.startsWith('/topics/') ? target : `…${target.slice(-6)}`;
  const facts = [shown, answer, time, data?.['event_id'], validate_only ? 'only checked' : undefined];
  return `<li class="${answer === 'OK' ? 'delivered' : 'refused'}">
<h2>${escape(notification?.title ?? '(no title)')}</h2>
<p>${escape(notification?.body ?? '')}</p>
<small>${facts.flatMap((fact) => (fact ? [escape(fact)] : [])).join(' · ')}</small>
</li>`;
}
