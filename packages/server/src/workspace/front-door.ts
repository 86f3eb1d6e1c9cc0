/** Where every request enters: counted, and answered by monitoring or by the application of the moment. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '@causeway/homeserver';
import { createOpenRequests, type OpenRequests } from '../listeners/open-requests.ts';
import { apiOf, type Metrics } from '../monitoring/metrics.ts';
import { answerMonitoring, type MonitoringPorts } from '../monitoring/monitoring-endpoints.ts';

export interface FrontDoor {
  readonly handle: RequestListener;
  readonly requests: OpenRequests;
  /** From now on this application answers. */
  open(app: RequestListener): void;
}

export type FrontDoorPorts = MonitoringPorts & {
  readonly metrics: Metrics;
  readonly log: Log;
};

export const createFrontDoor = (ports: FrontDoorPorts): FrontDoor => {
  const requests = createOpenRequests();
  let app: RequestListener = (_request, response) => void response.writeHead(503).end();
  return {
    requests,
    open(listener) {
      app = listener;
    },
    handle(request, response) {
      requests.track(request, response);
      observe(ports.metrics, request, response);
      dispatch(request, response).catch((error: unknown) => {
        ports.log.error('request failed', error, { path: pathOf(request) });
        response.destroy();
      });
    },
  };

  async function dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await answerMonitoring(ports, request, response))) app(request, response);
  }
};

const pathOf = (request: IncomingMessage) => (request.url ?? '').split('?', 1)[0] ?? '';

const observe = (metrics: Metrics, request: IncomingMessage, response: ServerResponse): void => {
  const start = performance.now();
  response.once('close', () => {
    metrics.observeRequest({
      method: request.method ?? '',
      api: apiOf(request.url ?? ''),
      status: response.statusCode,
      seconds: (performance.now() - start) / 1000,
    });
  });
};
