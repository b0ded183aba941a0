import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Stop } from '../process/stop';

export interface FrontDoorOptions {
  /** answers POST /webhook, or rejects before it has begun to */
  readonly take: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  readonly stop: Stop;
  /** answers what `take` rejected with */
  readonly refuse: (error: unknown, req: IncomingMessage, res: ServerResponse) => void;
  /** everything else, and POST /webhook once more: whatever is spelled in an unusual way goes there */
  readonly behind: RequestListener;
}

/** No `#`, which Express cuts off, and nothing that would have to be decoded first. */
const WEBHOOK = /^\/webhook(\?[\w=&.-]*)?$/;

/**
 * In front of an app: POST /webhook comes in great numbers, and the way through Express costs more than taking it.
 * The app has the same route, with the same `take`: which door a request came through cannot be told from its answer.
 */
export function frontDoor({ take, stop, refuse, behind }: FrontDoorOptions): RequestListener {
  const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      stop.enter(res);
      await take(req, res);
    } catch (error) {
      refuse(error, req, res);
    }
  };
  return (req, res) => {
    if (req.method === 'POST' && WEBHOOK.test(req.url ?? '')) void pass(req, res);
    else behind(req, res);
  };
}
