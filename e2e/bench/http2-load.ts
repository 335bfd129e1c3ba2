/**
 * A client that costs next to nothing: one HTTP/2 connection over which the same request goes out again and again, as frames
 * that are made once. What it measures is the server's doing, not its own.
 */
import { connect } from 'node:tls';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD = 9;
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8] as const;
const [ACK, END_STREAM, END_HEADERS] = [1, 1, 4];
const INITIAL_WINDOW = 65_535;
const LARGEST_WINDOW = 2 ** 31 - 1;

export interface Load {
  port: number;
  ca: string;
  path: string;
  authorization: string;
  /** The body of request number n; made before the connection is opened, `bodies` of them in turns. */
  bodies: readonly string[];
  requests: number;
  inFlight: number;
}

/** Resolves with the seconds between the first request and the last answer; rejects when a request gets none. */
export function http2Load(load: Load): Promise<number> {
  const { port, ca, requests, inFlight } = load;
  const frames = load.bodies.map((body) => requestFrames(load, body));
  return new Promise((resolve, reject) => {
    const socket = connect({ port, ca, host: '127.0.0.1', servername: 'localhost', ALPNProtocols: ['h2'] });
    let [sent, answered, window, startedAt] = [0, 0, INITIAL_WINDOW, 0];
    let rest: Buffer = Buffer.alloc(0);
    const send = () => {
      const out: Buffer[] = [];
      while (sent < requests && sent - answered < inFlight) {
        const { bytes, dataAt, body } = frames[sent % frames.length]!;
        if (body > window) break;
        window -= body;
        const copy = Buffer.from(bytes);
        const stream = 2 * sent++ + 1;
        copy.writeUInt32BE(stream, 5);
        copy.writeUInt32BE(stream, dataAt + 5);
        out.push(copy);
      }
      if (out.length > 0) socket.write(Buffer.concat(out));
    };
    const take = (type: number, flags: number, payload: Buffer) => {
      if (type === SETTINGS && !(flags & ACK)) socket.write(frame(SETTINGS, ACK, Buffer.alloc(0)));
      else if (type === PING && !(flags & ACK)) socket.write(frame(PING, ACK, payload));
      else if (type === WINDOW_UPDATE)
        window += payload.readUInt32BE(0); // Only the connection's can run out.
      else if (type === RST_STREAM || type === GOAWAY) socket.destroy(new Error('The server gave up.'));
      else if ((type === DATA || type === HEADERS) && flags & END_STREAM) answered++;
    };
    socket.once('secureConnect', () => {
      startedAt = performance.now();
      const settings = Buffer.alloc(6);
      settings.writeUInt16BE(4);
      settings.writeUInt32BE(LARGEST_WINDOW, 2);
      const more = Buffer.alloc(4);
      more.writeUInt32BE(LARGEST_WINDOW - INITIAL_WINDOW);
      socket.write(
        Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, settings), frame(WINDOW_UPDATE, 0, more)]),
      );
      send();
    });
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      while (rest.length >= FRAME_HEAD) {
        const length = rest.readUIntBE(0, 3);
        if (rest.length < FRAME_HEAD + length) break;
        const stream = rest.readUInt32BE(5);
        if (rest[3] !== WINDOW_UPDATE || stream === 0)
          take(rest[3]!, rest[4]!, rest.subarray(FRAME_HEAD, FRAME_HEAD + length));
        rest = rest.subarray(FRAME_HEAD + length);
      }
      if (answered === requests) socket.destroy();
      else send();
    });
    socket.once('error', reject);
    socket.once('close', () =>
      answered === requests
        ? resolve((performance.now() - startedAt) / 1000)
        : reject(new Error(`${requests - answered} of ${requests} requests got no answer.`)),
    );
  });
}

function requestFrames({ port, path, authorization }: Load, body: string) {
  const data = Buffer.from(body);
  // HPACK without a table: an index for what the static table has whole, else a literal with a name from it.
  const head = frame(
    HEADERS,
    END_HEADERS,
    Buffer.concat([
      Buffer.from([0x83, 0x87]), // :method POST, :scheme https
      literal([0x04], path),
      literal([0x01], `localhost:${port}`),
      literal([0x0f, 0x08], authorization),
      literal([0x0f, 0x10], 'application/json'),
      literal([0x0f, 0x0d], String(data.length)),
    ]),
  );
  const bytes = Buffer.concat([head, frame(DATA, END_STREAM, data)]);
  return { bytes, dataAt: head.length, body: data.length };
}

function literal(name: readonly number[], value: string): Buffer {
  const { length } = value;
  const size = length < 127 ? [length] : [127, ((length - 127) & 127) | (length > 254 ? 128 : 0)];
  if (length > 254) size.push((length - 127) >> 7);
  return Buffer.concat([Buffer.from([...name, ...size]), Buffer.from(value)]);
}

function frame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  return Buffer.concat([head, payload]);
}
