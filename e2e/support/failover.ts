/** What a failover costs: senders who never stop, a master that is killed under them, and the books afterwards. */
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { roleOf, type RedisNode } from '../stack/redis-node.ts';
import { until } from '../stack/processes.ts';
import type { Stack } from '../stack/stack.ts';
import { Operator } from './operator.ts';
import { Sender } from './sender.ts';

const PARTITIONS = 8;
const SENDERS_EACH = 2;
/** How long a sender waits before it sends again what was refused, in ms. */
const AGAIN_MS = 50;

interface Lane {
  partition: number;
  /** When each 202 came, ms of `performance.now()`. */
  acceptedAt: number[];
  accepted: string[];
  /** Answers other than 2xx, and none. */
  refused: number;
}

export interface FailoverFigures {
  acknowledged: number;
  /** Ids that were answered with 2xx and did not end as `sent`. */
  lost: string[];
  /** Those whose master was killed: all, unless it is a cluster. */
  affected: number[];
  /** The longest time without a 202, ms: where the master was killed, and elsewhere. */
  outageMs: number;
  elsewhereMs: number;
  refusedElsewhere: number;
  /** How many events the slowest of the other partitions took in while the affected ones did not. */
  meanwhile: number;
}

export interface FailoverOptions {
  /** Cuts the replicas off so long before the master dies, ms; behind Sentinel only. */
  cutOffMs?: number;
}

/** Sends to every partition, kills the master of partition 0, waits until all take events again and all are settled. */
export async function failOver(
  stack: Stack,
  { cutOffMs = 0 }: FailoverOptions = {},
): Promise<FailoverFigures> {
  const sender = new Sender(stack);
  const lanes = Array.from({ length: PARTITIONS }, (_, partition) => newLane(partition));
  let isOver = false;
  const send = async (lane: Lane, event_id: string) => {
    for (;;) {
      const answer = await sender.order({ event_id }).catch(() => null);
      if (answer && answer.status < 300) {
        // A 200 says that an earlier try, whose answer was an error, is stored.
        lane.accepted.push(event_id);
        lane.acceptedAt.push(performance.now());
        return;
      }
      lane.refused++;
      if (isOver) return;
      await delay(AGAIN_MS);
    }
  };
  const senders = lanes.flatMap((lane) =>
    Array.from({ length: SENDERS_EACH }, async (_, number) => {
      for (let count = 0; !isOver; count++) await send(lane, idIn(lane.partition, `${number}-${count}`));
    }),
  );

  await until(() => lanes.every(({ accepted }) => accepted.length > 50), { timeoutMs: 30_000 });
  const { master, affected } = await masterOfFirstPartition(stack.redis.nodes);
  if (cutOffMs > 0) await cutOff(master, stack.redis.nodes, cutOffMs);
  const before = lanes.map(({ refused }) => refused);
  await master.kill();
  const killedAt = performance.now();
  if (affected.length < PARTITIONS) {
    // In a cluster the promoted replica has nobody else to replicate to. Behind Sentinel it has, and there a master that
    // comes back before all sentinels know of the failover would gather followers again: it stays away.
    await until(() => hasNewMaster(stack.redis.nodes, master), { timeoutMs: 30_000 });
    await master.start();
  }
  const goesOn = ({ acceptedAt }: Lane) => acceptedAt.filter((at) => at > killedAt + 1000).length > 50;
  await until(() => lanes.every(goesOn), { timeoutMs: 30_000 });
  isOver = true;
  await Promise.all(senders);

  const isAffected = ({ partition }: Lane) => affected.includes(partition);
  const here = lanes.filter(isAffected);
  const elsewhere = lanes.filter((lane) => !isAffected(lane));
  const healedAt = Math.max(...here.map(({ acceptedAt }) => acceptedAt.find((at) => at > killedAt + 500)!));
  const meanwhile = ({ acceptedAt }: Lane) =>
    acceptedAt.filter((at) => at > killedAt && at < healedAt).length;
  const acknowledged = lanes.flatMap(({ accepted }) => accepted);
  return {
    acknowledged: acknowledged.length,
    lost: await notSent(stack, acknowledged),
    affected,
    outageMs: Math.max(...here.map(longestGap)),
    elsewhereMs: Math.max(0, ...elsewhere.map(longestGap)),
    refusedElsewhere: elsewhere.reduce((sum, lane) => sum + lane.refused - before[lane.partition]!, 0),
    meanwhile: Math.min(...elsewhere.map(meanwhile)),
  };
}

function newLane(partition: number): Lane {
  return { partition, acceptedAt: [], accepted: [], refused: 0 };
}

/** An id that belongs to a partition, by the CRC-32 of its source and itself. */
function idIn(partition: number, name: string): string {
  for (let salt = 0; ; salt++) {
    const id = `p${partition}-${name}-${salt}`;
    if (crc32(`default/${id}`) % PARTITIONS === partition) return id;
  }
}

function longestGap({ acceptedAt }: Lane): number {
  return Math.max(...acceptedAt.slice(1).map((at, index) => at - acceptedAt[index]!));
}

async function masterOfFirstPartition(nodes: readonly RedisNode[]) {
  for (const master of nodes) {
    if ((await roleOf(master)) !== 'master') continue;
    const affected = await partitionsOf(master);
    if (affected.includes(0)) return { master, affected };
  }
  throw new Error('No master serves the first partition');
}

/** Whether one of a cluster's replicas has taken the place of `old`. */
async function hasNewMaster(nodes: readonly RedisNode[], old: RedisNode): Promise<boolean> {
  const roles = await Promise.all(nodes.map((node) => (node === old ? null : roleOf(node))));
  return roles.filter((role) => role === 'master').length === nodes.length / 2;
}

async function partitionsOf(master: RedisNode): Promise<number[]> {
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  if (!String(await master.ask('INFO', 'cluster')).includes('cluster_enabled:1')) return all;
  const [self] = /^.*myself.*$/m.exec(String(await master.ask('CLUSTER', 'NODES')))!;
  const ranges = [...self.matchAll(/ (\d+)-(\d+)(?= |$)/g)].map(([, from, to]) => [Number(from), Number(to)]);
  const slots = await Promise.all(
    all.map((partition) => master.ask('CLUSTER', 'KEYSLOT', `{herald:${partition}}`)),
  );
  return all.filter((partition) =>
    ranges.some(([from, to]) => Number(slots[partition]) >= from! && Number(slots[partition]) <= to!),
  );
}

/** The replicas follow somebody who is not there. */
async function cutOff(master: RedisNode, nodes: readonly RedisNode[], ms: number): Promise<void> {
  const replicas = nodes.filter((node) => node !== master);
  await Promise.all(replicas.map((replica) => replica.ask('REPLICAOF', '127.0.0.1', 1)));
  await delay(ms);
}

/** Waits until everything is settled; gives the events that are not shown as sent. */
async function notSent(stack: Stack, ids: readonly string[]): Promise<string[]> {
  const operator = new Operator(stack);
  const unsettled = () =>
    operator.totals().then(
      ({ queue_size }) => queue_size,
      () => Infinity,
    );
  await until(async () => (await unsettled()) === 0, { timeoutMs: 45_000 });
  const sent = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await operator.list(`limit=100&status=sent&cursor=${cursor}`.replace(/&cursor=$/, ''));
    for (const { event_id } of page.items) sent.add(event_id);
    cursor = page.next_cursor;
  }
  return ids.filter((id) => !sent.has(id));
}
