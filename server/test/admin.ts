import { ADMIN_TOKEN, type TestApi } from './api';
import { type Answer, type Outgoing, send } from './http';

export const AS_ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** Asks the admin API with the admin token; a body is sent as JSON. */
export function ask(
  api: Pick<TestApi, 'port'>,
  path: string,
  { body, ...outgoing }: Omit<Outgoing, 'body'> & { body?: unknown } = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(api, path, { ...outgoing, headers: { ...AS_ADMIN, ...outgoing.headers }, body: text });
}
