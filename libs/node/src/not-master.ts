import { type RequestHandler, Router } from 'express';
import { type Refuse, RequestError } from '@hooklog/service';
import { SyncError } from '@hooklog/sync-protocol';

export interface MasterKnowledge {
  readonly isMaster: () => boolean;
  /** as far as it is known here */
  readonly masterUrl: () => string | undefined;
}

const MEMBERS = ['/secondaries', '/secondaries/:id', '/secondary/list'];
const MASTER_ONLY = [...MEMBERS, '/trigger_sync', '/register', '/insert', '/demote'];
const MESSAGES = ['/messages', '/messages/:wc'];

/** In front of what only the master does: a slave says so, and where the master is. */
export function masterOnly(knowledge: MasterKnowledge): Router {
  const router = Router();
  const refuse: RequestHandler = (req, _res, next) => {
    if (!knowledge.isMaster()) throw notMaster(knowledge, req.path);
    next();
  };
  router.all(MASTER_ONLY, refuse);
  router.post(MESSAGES, refuse).put('/messages', refuse);
  return router;
}

/** Who stopped being the master while a request was under way answers like any slave. */
export function noLongerMaster(knowledge: MasterKnowledge, refuse: Refuse): Refuse {
  return (error, req, res) => {
    const isOver = error instanceof SyncError && error.code === 'NOT_LEADING';
    const [path = ''] = (req.url ?? '').split('?', 1);
    refuse(isOver ? notMaster(knowledge, path) : error, req, res);
  };
}

export function notMaster({ masterUrl }: MasterKnowledge, path: string): RequestError {
  const master = masterUrl();
  const then = master === undefined ? 'no master is known here' : `ask ${master}${path}`;
  return new RequestError('NOT_MASTER', `This node is a slave: ${then}.`, { members: { master } });
}
