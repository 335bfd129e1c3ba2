import { isTemplate } from './templates';

const HTTPS = 'https://';
const NO_LINK = `must begin with ${HTTPS}: FCM takes no other link`;
const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** What FCM would refuse in some options although their form is right, by path; what is asked about has no template in it. */
const PROBLEMS: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ['webpush.fcm_options.link', linkProblem],
  ['android.notification.event_time', timeProblem],
]);

/** What is wrong with an option once it is rendered; undefined when nothing. */
export function optionProblem(path: string, text: string): string | undefined {
  return PROBLEMS.get(path)?.(text);
}

/** What is wrong with an option before it is rendered, as far as it is fixed. */
export function fixedOptionProblem(path: string, text: string): string | undefined {
  if (!isTemplate(text)) return optionProblem(path, text);
  // How it begins may be seen before the first template, unless that takes away the space before it.
  const start = text.slice(0, text.search(/\{[{%]/)).trimEnd();
  const isLink = PROBLEMS.get(path) === linkProblem;
  return isLink && !HTTPS.startsWith(start.slice(0, HTTPS.length).toLowerCase()) ? NO_LINK : undefined;
}

/** An empty one is none to FCM. */
function linkProblem(link: string): string | undefined {
  return link === '' || (link.toLowerCase().startsWith(HTTPS) && URL.canParse(link)) ? undefined : NO_LINK;
}

function timeProblem(time: string): string | undefined {
  const day = RFC_3339.exec(time)?.[1];
  // JavaScript takes the 30th of February for the 2nd of March.
  const isTime = day && !Number.isNaN(Date.parse(time)) && new Date(day).toISOString().startsWith(day);
  return isTime ? undefined : 'must be a time as 2026-11-24T12:00:00Z (RFC 3339)';
}
