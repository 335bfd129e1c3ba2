import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayReadMetrics } from '../access/metrics-token';
import type { Metrics } from '../telemetry/metrics';
import type { HealthReport } from './health';

export interface ProbeSettings {
  host: string;
  port: number;
  metricsToken?: string;
}

/** The worker's own port, where it says how it is; it speaks to orchestrators only. */
export class ProbeServer {
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  constructor(
    private readonly report: HealthReport,
    private readonly metrics: Metrics,
    private readonly settings: ProbeSettings,
  ) {
    this.server.requestTimeout = 10_000;
  }

  /** Resolves with the port; rejects when it is taken. */
  async start(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.server.once('error', reject).listen(this.settings.port, this.settings.host, resolve);
    await promise;
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    if (path === '/metrics') return this.answerMetrics(request, response);
    const bodies: Record<string, () => Promise<{ ok: boolean }> | { ok: boolean }> = {
      '/api/health': () => this.report.health(),
      '/api/health/ready': () => this.report.ready(),
      '/api/health/live': () => this.report.live(),
    };
    const body = bodies[path ?? ''];
    if (!body)
      return send(response, 404, {
        error: 'There is nothing here',
        code: 'not_found',
        request_id: randomUUID(),
      });
    const health = await body();
    send(response, health.ok ? 200 : 503, health);
  }

  private async answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!mayReadMetrics(request.headers, this.settings.metricsToken))
      return send(response, 401, {
        error: 'Send the metrics token',
        code: 'unauthorized',
        request_id: randomUUID(),
      });
    const text = await this.metrics.registry.metrics();
    response.writeHead(200, { 'content-type': this.metrics.registry.contentType }).end(text);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
