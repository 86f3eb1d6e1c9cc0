/** `/health/live`, `/health/ready` and `/metrics`: for machines that watch this one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

export type MonitoringPorts = {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly metricsToken: string | undefined;
};

/** Answers the request if it is one of these; whether it was. */
export const answerMonitoring = async (
  ports: MonitoringPorts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  switch ((request.url ?? '').split('?')[0]) {
    case '/health/live':
      answerJson(response, 200, { status: 'live' });
      return true;
    case '/health/ready': {
      const readiness = await ports.health.readiness();
      const { checks } = readiness;
      if (readiness.ready) answerJson(response, 200, { status: 'ready', checks });
      else answerJson(response, 503, { status: 'not ready', reason: readiness.reason, checks });
      return true;
    }
    case '/metrics':
      await answerMetrics(ports, request, response);
      return true;
    default:
      return false;
  }
};

const answerMetrics = async (ports: MonitoringPorts, request: IncomingMessage, response: ServerResponse) => {
  if (!isFromThisMachine(request) && !hasToken(request, ports.metricsToken)) {
    answerJson(response, 403, {
      errcode: 'M_FORBIDDEN',
      error: 'Metrics are for this machine, or need a token.',
    });
    return;
  }
  const text = await ports.metrics.render();
  response.writeHead(200, { 'content-type': ports.metrics.contentType }).end(text);
};

/** A reverse proxy on this machine also comes from loopback, but says whom it speaks for. */
const isFromThisMachine = (request: IncomingMessage): boolean => {
  const address = request.socket.remoteAddress ?? '';
  const loopback = address === '::1' || /^(?:::ffff:)?127\./.test(address);
  const forwarded =
    request.headers['x-forwarded-for'] ?? request.headers['forwarded'] ?? request.headers['x-real-ip'];
  return loopback && forwarded === undefined;
};

const hasToken = (request: IncomingMessage, token: string | undefined): boolean => {
  const given = request.headers.authorization;
  if (token === undefined || given === undefined) return false;
  return timingSafeEqual(digest(given), digest(`Bearer ${token}`));
};

const digest = (text: string) => createHash('sha256').update(text).digest();

const answerJson = (response: ServerResponse, status: number, body: object): void => {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
};
