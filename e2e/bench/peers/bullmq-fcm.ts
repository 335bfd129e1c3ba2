/**
 * The usual way to deliver: a BullMQ worker that looks up the token and calls `send()` of firebase-admin over a keep-alive
 * agent, with so many jobs at once. No record of attempts, no log, no metrics, no history to look at.
 */
import { Agent, type AgentOptions } from 'node:https';
import { connect, type ConnectionOptions } from 'node:tls';
import { Worker } from 'bullmq';
import { initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { Redis } from 'ioredis';

const { REDIS_URL = '', FCM_ENDPOINT = '', FIREBASE_PROJECT_ID, CONCURRENCY } = process.env;

/** The SDK knows one address only, Google's: its connections are led to the simulator. */
class SimulatorAgent extends Agent {
  readonly #to = new URL(FCM_ENDPOINT);

  override createConnection(options: AgentOptions) {
    const { hostname: host, port } = this.#to;
    return connect({ ...(options as ConnectionOptions), host, port: Number(port), servername: host });
  }
}

const concurrency = Number(CONCURRENCY);
const httpAgent = new SimulatorAgent({ keepAlive: true, maxSockets: concurrency });
const credential = {
  getAccessToken: () => Promise.resolve({ access_token: 'owner', expires_in: 3600 }),
};
const messaging = getMessaging(initializeApp({ projectId: FIREBASE_PROJECT_ID, credential, httpAgent }));
const redis = new Redis(REDIS_URL);

const worker = new Worker(
  'events',
  async ({ data }) => {
    const token = await redis.get(`fcm:token:${data.user_id}`);
    if (!token) throw new Error(`${data.user_id} has no device`);
    return messaging.send({
      token,
      notification: { title: 'New Order', body: `Order ${data.order_id} placed by ${data.user_id}` },
      data: { event_id: data.event_id, order_id: data.order_id, type: 'order.created' },
      android: { priority: 'high' },
    });
  },
  { connection: new Redis(REDIS_URL, { maxRetriesPerRequest: null }), concurrency },
);
await worker.waitUntilReady();
console.log('ready');

process.once('SIGTERM', () => {
  void worker.close().then(() => process.exit(0));
});
