import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { until } from './until';

export interface StreamMessage {
  name: string;
  id: string;
  data: unknown;
}

/** A client of server-sent events that keeps what it gets. */
export class EventStream {
  readonly messages: StreamMessage[] = [];
  /** Whether the stream has ended, whoever ended it. */
  ended = false;
  private text = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (part: string) => this.read(part));
    // A broken connection has ended too.
    response.on('error', () => {}).on('close', () => (this.ended = true));
  }

  /** Resolves when the server has answered. Throws when its answer is no stream. */
  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
    const type = response.headers['content-type'];
    if (type !== 'text/event-stream') throw new Error(`${response.statusCode} ${type}`);
    return new EventStream(response);
  }

  close(): void {
    this.response.destroy();
  }

  named(name: string): StreamMessage[] {
    return this.messages.filter((message) => message.name === name);
  }

  /** Waits for a message of this name that fits. */
  next(name: string, fits: (data: never) => boolean = () => true, timeoutMs = 5000): Promise<StreamMessage> {
    return until(() => this.named(name).find(({ data }) => fits(data as never)), timeoutMs);
  }

  private read(part: string): void {
    const blocks = (this.text + part).split('\n\n');
    this.text = blocks.pop()!;
    for (const block of blocks.map((each) => each.trim()).filter(Boolean)) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
      this.messages.push({ name: fields.event, id: fields.id, data: JSON.parse(fields.data) });
    }
  }
}
