import { noteResponse } from './watched-app.ts';

/** `fetch`, but answers of these servers are validated as those of a watched app are. */
export const watchedFetch =
  (isOurs: (url: URL) => boolean): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const request = new Request(input, init?.method === undefined ? {} : { method: init.method });
    const url = new URL(request.url);
    if (!isOurs(url)) return response;
    await noteResponse({
      method: request.method,
      url: url.pathname + url.search,
      status: response.status,
      contentType: response.headers.get('content-type') ?? undefined,
      body: await response.clone().bytes(),
    });
    return response;
  };
