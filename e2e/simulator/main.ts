import { keptCertificates } from './certificates.ts';
import { readSettings } from './environment.ts';
import { startSimulator } from './simulator.ts';

// Node makes an error for every stream of HTTP/2 that ends, and throws it away; what costs is its stack, a tenth of all.
Error.stackTraceLimit = 0;

const { SIMULATOR_PORT, SIMULATOR_HOST, SIMULATOR_CERT_DIR, SIMULATOR_PLAIN, SIMULATOR_REMEMBER } =
  process.env;

const simulator = await startSimulator({
  port: Number(SIMULATOR_PORT ?? 8443),
  host: SIMULATOR_HOST,
  plain: SIMULATOR_PLAIN === 'true',
  tls: SIMULATOR_CERT_DIR ? await keptCertificates(SIMULATOR_CERT_DIR) : undefined,
  remember: SIMULATOR_REMEMBER ? Number(SIMULATOR_REMEMBER) : undefined,
  settings: readSettings(process.env),
});
console.log(`FCM simulator listening on ${simulator.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void simulator.close().then(() => process.exit(0)));
