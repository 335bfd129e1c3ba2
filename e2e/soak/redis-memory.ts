/** What a Redis on this machine says of its memory and its keys, asked without a client library. */
import { connect } from 'node:net';

export interface RedisMemory {
  usedBytes: number;
  keys: number;
}

export async function redisMemory(url: string): Promise<RedisMemory> {
  const { hostname, port } = new URL(url);
  const text = await ask(hostname, Number(port), ['INFO memory', 'INFO keyspace']);
  const field = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return { usedBytes: field(/used_memory:(\d+)/), keys: field(/db0:keys=(\d+)/) };
}

function ask(host: string, port: number, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 10_000 });
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end([...commands, 'QUIT', ''].join('\r\n')));
    socket.on('data', (part) => (text += part));
    socket.on('end', () => resolve(text));
    socket.on('timeout', () => socket.destroy(new Error('Redis does not answer')));
    socket.on('error', reject);
  });
}
