import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Stop } from '../process/stop';

/** Answers a request, or rejects before it has begun to. */
type Taking = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

export interface FrontDoorOptions {
  /** answers POST /webhook */
  readonly take: Taking;
  /** the same for POST /webhook/:source; none: there are no sources */
  readonly takeFrom?: (source: string, req: IncomingMessage, res: ServerResponse) => Promise<void>;
  /** POST routes of other nodes, by their path; without a query nothing in it can be spelled in two ways */
  readonly peers?: ReadonlyMap<string, Taking> | undefined;
  readonly stop: Stop;
  /** answers what `take` rejected with */
  readonly refuse: (error: unknown, req: IncomingMessage, res: ServerResponse) => void;
  /** everything else, and these once more: whatever is spelled in an unusual way goes there */
  readonly behind: RequestListener;
}

/** No `#`, which Express cuts off, and nothing that would have to be decoded first. */
const WEBHOOK = /^\/webhook(?:\/([a-z0-9][a-z0-9._-]*))?(?:\?[\w=&.-]*)?$/;

/**
 * In front of an app: POST /webhook, of a source or none, comes in great numbers, and so does what a master sends on;
 * the way through Express costs more than taking it.
 * The app has the same routes, and does the same: which door a request came through cannot be told from its answer.
 */
export function frontDoor({
  take,
  takeFrom,
  peers,
  stop,
  refuse,
  behind,
}: FrontDoorOptions): RequestListener {
  const pass = async (req: IncomingMessage, res: ServerResponse, taking: Taking): Promise<void> => {
    try {
      stop.enter(res);
      await taking(req, res);
    } catch (error) {
      refuse(error, req, res);
    }
  };
  return (req, res) => {
    const peer = req.method === 'POST' ? peers?.get(req.url ?? '') : undefined;
    if (peer !== undefined) return void pass(req, res, peer);
    const [path, source] = (req.method === 'POST' && WEBHOOK.exec(req.url ?? '')) || [];
    if (path === undefined || (source !== undefined && takeFrom === undefined)) behind(req, res);
    else void pass(req, res, source === undefined ? take : (req, res) => takeFrom!(source, req, res));
  };
}
