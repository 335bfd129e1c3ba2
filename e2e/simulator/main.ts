import { keptCertificates } from './certificates.ts';
import { startSimulator } from './simulator.ts';

const { SIMULATOR_PORT, SIMULATOR_HOST, SIMULATOR_CERT_DIR, SIMULATOR_LATENCY_MS } = process.env;

const simulator = await startSimulator({
  port: Number(SIMULATOR_PORT ?? 8443),
  host: SIMULATOR_HOST,
  tls: SIMULATOR_CERT_DIR ? await keptCertificates(SIMULATOR_CERT_DIR) : undefined,
  latencyMs: Number(SIMULATOR_LATENCY_MS ?? 0),
});
console.log(`FCM simulator listening on ${simulator.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void simulator.close().then(() => process.exit(0)));
