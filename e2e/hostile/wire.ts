/** A request as it goes over the wire, byte for byte, valid or not. */

export interface WireRequest {
  method: string;
  target: string;
  version: '1.0' | '1.1';
  /** Name and value of every line but those of the framing; Latin-1, written as they are. */
  lines: readonly (readonly [name: string, value: string])[];
  body: Buffer;
  framing: Framing;
}

/**
 * How the end of the body is told: its length (`declared` may lie), chunks, one of them with what makes it no HTTP, or
 * not at all. `half` sends that share of the body and then ends the connection.
 */
export type Framing =
  | { kind: 'length'; declared: number }
  | { kind: 'chunked'; size: number }
  | { kind: 'half'; share: number }
  | { kind: 'broken'; lines: readonly string[] }
  | { kind: 'none' };

const CRLF = '\r\n';

/** The lines of the head as they are written, without the request line. */
export function headLines({ lines, framing, body }: WireRequest): string[] {
  return [...lines.map(([name, value]) => `${name}: ${value}`), ...framingLines(framing, body)];
}

function framingLines(framing: Framing, body: Buffer): readonly string[] {
  switch (framing.kind) {
    case 'length':
      return [`Content-Length: ${framing.declared}`];
    case 'half':
      return [`Content-Length: ${body.length}`];
    case 'chunked':
      return ['Transfer-Encoding: chunked'];
    case 'broken':
      return framing.lines;
    case 'none':
      return [];
  }
}

export function toBytes(request: WireRequest): Buffer {
  const { method, target, version } = request;
  const head = [`${method} ${target} HTTP/${version}`, ...headLines(request), '', ''].join(CRLF);
  return Buffer.concat([Buffer.from(head, 'latin1'), bodyBytes(request)]);
}

function bodyBytes({ framing, body }: WireRequest): Buffer {
  if (framing.kind === 'half') return body.subarray(0, Math.floor(body.length * framing.share));
  if (framing.kind === 'none') return Buffer.alloc(0);
  if (framing.kind !== 'chunked') return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += framing.size) {
    const chunk = body.subarray(at, at + framing.size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}${CRLF}`), chunk, Buffer.from(CRLF));
  }
  return Buffer.concat([...parts, Buffer.from(`0${CRLF}${CRLF}`)]);
}
