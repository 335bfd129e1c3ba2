import { once } from 'node:events';
import Redis, { type Cluster, type RedisOptions } from 'ioredis';
import { atEndOfTurn } from './end-of-turn';
import { FailFastCluster } from './fail-fast-cluster';

/** A connection to one Redis, to the master behind Sentinel, or to a Redis Cluster: all take the same commands. */
export type RedisClient = Redis | Cluster;

export interface RedisSettings {
  url: string;
  /** Deadline of one command in ms; a command that ran into it may still be applied. */
  commandTimeoutMs: number;
}

type Options = Omit<RedisOptions, 'replyMapping'>;

/** How long a blocking read may wait for new entries, in ms. */
export const BLOCK_MS = 1000;

/**
 * How often a cluster is asked who serves what, in ms. A node that answers is told of a failover by its own refusal, but
 * one that hangs refuses nothing.
 */
const SLOTS_EVERY_MS = 2000;

/**
 * After how long without a byte, although an answer is due, a link counts as dead and is made anew, in ms. TCP itself
 * would take a quarter of an hour.
 */
const SILENCE_MS = 1500;

/** How long an address may take to accept a connection, in ms; a master that is gone must not hold up the way to the next. */
const CONNECT_MS = 2000;

/** How long to rest before the next try to connect, at most, in ms. A failover takes seconds, so it is noticed soon after. */
const REST_MS = 500;
const restAfter = (times: number) => Math.min(50 * 2 ** Math.min(times, 5), REST_MS);

/**
 * Commands fail at once while Redis is away and are never sent twice behind our back: a caller that gets an error
 * knows that nothing waits in memory, and a cut reply cannot enqueue an event a second time.
 */
function settings(commandTimeoutMs: number): Options {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxLoadingRetryTime: REST_MS,
    retryStrategy: restAfter,
    // A master that became a replica refuses writes: look for the new one, but do not resend (2 would).
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
  };
}

/** Opens and closes every connection of the process. */
export class RedisConnections {
  private readonly open = new Set<RedisClient>();
  readonly isCluster: boolean;

  constructor(
    private readonly options: RedisSettings,
    private readonly onError: (error: Error) => void,
  ) {
    this.isCluster = options.url.includes(',') && !options.url.startsWith('sentinel:');
  }

  /** A connection for commands that answer at once. */
  forCommands(): RedisClient {
    return this.connect(settings(this.options.commandTimeoutMs));
  }

  /**
   * A connection of its own for one blocking reader, because everything else would wait behind it. Only the link has a
   * deadline: ioredis' deadlines of a command (`commandTimeout`, `blockingTimeout`) let go of it and throw its late answer
   * away, and with it entries that Redis has counted as ours.
   */
  forBlockingReads(): RedisClient {
    return this.connect({
      ...settings(this.options.commandTimeoutMs),
      commandTimeout: undefined,
      socketTimeout: BLOCK_MS + SILENCE_MS,
    });
  }

  /** A connection of its own for writes that wait for a replica, because everything else would wait with them. */
  forReplicatedWrites(): RedisClient {
    return this.connect(settings(this.replicatedWriteMs));
  }

  /** Deadline of one batch of such writes, ms. The rest of a command's time is for those who come behind another batch. */
  get replicatedWriteMs(): number {
    return (this.options.commandTimeoutMs * 2) / 3;
  }

  /** Closes one connection without waiting for a blocking read on it. */
  close(client: RedisClient): void {
    this.open.delete(client);
    client.disconnect();
  }

  closeAll(): void {
    for (const client of this.open) this.close(client);
  }

  private connect(options: Options): RedisClient {
    const client = this.create(options);
    // Without a listener ioredis throws; a lost connection heals by itself and health says so meanwhile.
    client.on('error', this.onError);
    if (client instanceof Redis) gatherWrites(client);
    else client.on('+node', gatherWrites);
    this.open.add(client);
    return client;
  }

  private create(options: Options): RedisClient {
    const { url } = this.options;
    if (url.startsWith('sentinel:')) return new Redis({ ...options, ...sentinels(url) });
    if (!this.isCluster) return new Redis(url, options);
    const { enableOfflineQueue, retryStrategy, ...redisOptions } = options;
    const clusterOptions = {
      redisOptions: { ...redisOptions, ...credentials(url) },
      clusterRetryStrategy: restAfter,
      // Whether a command whose connection closed was executed nobody knows: it is for the caller to say it again.
      retryDelayOnFailover: 0,
      maxRedirections: 4,
      slotsRefreshInterval: SLOTS_EVERY_MS,
    };
    return new FailFastCluster(url.split(','), clusterOptions);
  }
}

/**
 * Has the commands of one turn of the event loop leave together, with one system call instead of one each. It holds none of
 * them back until others are answered, and leaves each its own deadline and error, which ioredis' pipelines do not.
 */
function gatherWrites(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    const write: (chunk: string | Buffer) => boolean = stream.write.bind(stream);
    let chunks: (string | Buffer)[] = [];
    let text = '';
    const flush = () => {
      const gathered = text === '' ? chunks : [...chunks, text];
      chunks = [];
      text = '';
      // What was closed meanwhile rejects its commands itself.
      if (!stream.writable) return;
      stream.cork();
      for (const chunk of gathered) write(chunk);
      stream.uncork();
    };
    stream.write = (chunk: string | Buffer) => {
      if (text === '' && chunks.length === 0) atEndOfTurn(flush);
      if (typeof chunk === 'string') text += chunk;
      else {
        if (text !== '') chunks.push(text);
        chunks.push(chunk);
        text = '';
      }
      return true;
    };
  });
}

/** Nodes of a cluster tell each other's addresses only; how to talk to them stands in the addresses we were given. */
function credentials(urls: string): Options {
  const { protocol, username, password } = new URL(urls.split(',', 1)[0]!);
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

function sentinels(url: string): Options {
  const [hosts = '', name = ''] = url.slice('sentinel://'.length).split('/');
  return {
    name,
    // One that hangs is passed over. ioredis' `failoverDetector` is off: news of a failover that comes while it connects
    // ends the connection for good. A master that hangs is left after SILENCE_MS instead.
    sentinelCommandTimeout: CONNECT_MS,
    sentinels: hosts.split(',').map((host) => {
      const at = host.lastIndexOf(':');
      return at < 0 ? { host, port: 26379 } : { host: host.slice(0, at), port: Number(host.slice(at + 1)) };
    }),
  };
}

const FIRST_CONNECTION_MS = 2000;

/**
 * Gives Redis a moment, so that a start beside a running Redis begins without complaints. A process also starts without
 * Redis: it says that it is not ready, and is as soon as Redis is there.
 */
export async function firstConnection(redis: RedisClient): Promise<void> {
  await once(redis, 'ready', { signal: AbortSignal.timeout(FIRST_CONNECTION_MS) }).catch(() => {
    // Away or refusing: the connection's own log line says which.
  });
}
