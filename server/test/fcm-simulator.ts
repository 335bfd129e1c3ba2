import { Agent, request } from 'undici';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../e2e/simulator/simulator';

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  json: Record<string, unknown> & {
    items?: Record<string, unknown>[];
    results?: { error?: string }[];
    access_token?: string;
    error?: {
      status: string;
      message: string;
      details?: { '@type': string; errorCode?: string; fieldViolations?: { field: string }[] }[];
    };
  };
}

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

export const OWNER = { authorization: 'Bearer owner' };

/** An FCM simulator of a test's own, and somebody who asks it over HTTP/2. */
export class SimulatorClient {
  readonly agent: Agent;

  constructor(readonly simulator: Simulator) {
    this.agent = new Agent({ connect: { ca: simulator.ca || undefined, preferH2: true } });
  }

  async ask(
    method: Method,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    dispatcher = this.agent,
  ): Promise<Reply> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await request(this.simulator.url + path, { method, body: text, headers, dispatcher });
    const got = await answer.body.text();
    const isJson = String(answer.headers['content-type']).includes('json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: got,
      json: isJson ? (JSON.parse(got) as Reply['json']) : {},
    };
  }

  /** The body of `messages:send`. */
  post(body: unknown, headers: Record<string, string> = OWNER, project = 'shop'): Promise<Reply> {
    return this.ask('POST', `/v1/projects/${project}/messages:send`, body, headers);
  }

  /** A message with a title, and with what else it should have. */
  send(message: object): Promise<Reply> {
    return this.post({ message: { notification: { title: 'Hello' }, ...message } });
  }

  topicCall(verb: 'batchAdd' | 'batchRemove', topic: string, tokens: unknown): Promise<Reply> {
    const body = { to: `/topics/${topic}`, registration_tokens: tokens };
    return this.ask('POST', `/iid/v1:${verb}`, body, { ...OWNER, access_token_auth: 'true' });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
    await this.simulator.close();
  }
}

export async function startClient(options: SimulatorOptions = {}): Promise<SimulatorClient> {
  return new SimulatorClient(await startSimulator(options));
}
