import { until } from './until';

export interface StreamMessage {
  name: string;
  id: string;
  data: unknown;
}

/** A client of server-sent events that keeps what it gets. */
export class EventStream {
  readonly messages: StreamMessage[] = [];
  /** Whether the server has ended the stream. */
  ended = false;
  private readonly closing = new AbortController();

  /** Resolves when the server has answered. Throws when its answer is no stream. */
  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const stream = new EventStream();
    const response = await fetch(url, { headers, signal: stream.closing.signal });
    const type = response.headers.get('content-type');
    if (!response.body || type !== 'text/event-stream') throw new Error(`${response.status} ${type}`);
    void stream.read(response.body);
    return stream;
  }

  close(): void {
    this.closing.abort();
  }

  named(name: string): StreamMessage[] {
    return this.messages.filter((message) => message.name === name);
  }

  /** Waits for a message of this name that fits. */
  next(name: string, fits: (data: never) => boolean = () => true, timeoutMs = 5000): Promise<StreamMessage> {
    return until(() => this.named(name).find(({ data }) => fits(data as never)), timeoutMs);
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    try {
      for await (const part of body.pipeThrough(new TextDecoderStream())) {
        text += part;
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) this.keep(block.trim());
      }
    } catch (error) {
      // We closed it, or the connection broke: either way it has ended.
      if (!(error instanceof Error)) throw error;
    }
    this.ended = true;
  }

  private keep(block: string): void {
    if (block === '') return;
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
    this.messages.push({ name: fields.event, id: fields.id, data: JSON.parse(fields.data) });
  }
}
