import { newEvent, newReport } from '../../test/builders';
import { FAILURE } from '../../test/queue';
import { ignoreErrors, ready } from '../../test/redis';
import { startCluster, type TestCluster } from '../../test/redis-cluster';
import { until } from '../../test/until';
import { Keyspace } from '../events/keys';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { auditBooks } from './audit';
import { type Claim, Claims } from './claims';
import { Queue } from './queue';
import { Upkeep } from './upkeep';

const PASSWORD = 'a-password';
const RETRIED = 10;
const keyspace = new Keyspace('herald', 1);
const { keys } = keyspace.partitions[0]!;

let cluster: TestCluster;
let connections: RedisConnections;
let redis: RedisClient;
let reader: RedisClient;
let worker: Claims;
let upkeep: Upkeep;

beforeAll(async () => {
  cluster = await startCluster(PASSWORD);
  connections = new RedisConnections({ url: cluster.urls, commandTimeoutMs: 5000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
  reader = await ready(connections.forBlockingReads());
  worker = new Claims(redis, keyspace, 'worker');
  upkeep = new Upkeep(redis, keyspace, {
    ...{ leaseMs: 20_000, maxDeliveries: 3, retentionS: 1000, deadRetentionS: 1000, dedupeTtlS: 60 },
  });
}, 20_000);
afterAll(async () => {
  connections.closeAll();
  await cluster.stop();
});

async function claimAll(): Promise<Claim[]> {
  const entries = await worker.read(reader, keyspace.partitions, 100);
  const claims = await Promise.all(entries.map((entry) => worker.begin(entry)));
  return claims.filter((claim) => claim !== null);
}

/** Moves the slot of the partition as `redis-cli --cluster reshard` does: it is marked, then its keys go one by one. */
async function slotToMove() {
  const slot = Number(await cluster.nodes[0]!.ask('CLUSTER', 'KEYSLOT', keys.stream));
  const [from, to] =
    slot < 8192 ? [cluster.nodes[0]!, cluster.nodes[1]!] : [cluster.nodes[1]!, cluster.nodes[0]!];
  const [fromId, toId] = [String(await from.ask('CLUSTER', 'MYID')), String(await to.ask('CLUSTER', 'MYID'))];
  await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  const move = (key: string) => from.ask('MIGRATE', '127.0.0.1', to.port, key, 0, 5000, 'AUTH', PASSWORD);
  return {
    move,
    async moveTheRest() {
      for (;;) {
        const left = (await from.ask('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
        if (left.length === 0) break;
        for (const key of left) await move(String(key));
      }
      for (const node of [to, from]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
    },
  };
}

it('a slot that moves while retries are promoted leaves the books right, and every event is delivered', async () => {
  await worker.createGroups();
  const queue = new Queue(redis, keyspace);
  for (let at = 0; at < RETRIED; at++) await queue.enqueue(newEvent({ eventId: `evt-${at}` }));
  const report = newReport({ outcome: 'failed', ...FAILURE });
  for (const claim of await claimAll()) await worker.retry(claim, report, FAILURE, 0, true);
  // Else a key of the script would not be there yet, and Redis would refuse it before it begins.
  await queue.enqueue(newEvent());

  const slot = await slotToMove();
  await slot.move(`${keys.event_prefix}default/evt-5`);
  await expect(upkeep.promote()).rejects.toThrow(/non local key/);
  await slot.moveTheRest();

  let sent = 0;
  await until(async () => {
    await upkeep.promote();
    for (const claim of await claimAll()) if ((await worker.complete(claim, newReport())) === 'sent') sent++;
    return sent === RETRIED + 1;
  });
  expect((await auditBooks(redis, keyspace)).mistakes).toEqual([]);
}, 30_000);
