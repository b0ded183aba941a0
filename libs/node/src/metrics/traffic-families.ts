import { counted, type Family, gauge, gauges, spread, spreads } from './family';
import type { MetricsOptions } from './metrics-route';

/** What comes in, what becomes of it, and what it costs. */
export function trafficFamilies(options: MetricsOptions): Family[] {
  const { measures, overload, bodies, bodyBytesInFlightMax, levelFiles } = options;
  const { read, identify, commit, replicate } = measures.phases;
  return [
    counted(
      'hooklog_webhook_answers_total',
      'Webhooks, and lines of streams of them, by what was answered; no source: POST /webhook',
      measures.answers,
    ),
    counted(
      'hooklog_problems_total',
      'Requests of any kind that were answered by a problem',
      measures.problems,
    ),
    counted(
      'hooklog_signature_failures_total',
      'Webhooks of a source that were refused for their signature, their event id or their handshake',
      measures.signatureFailures,
    ),
    counted(
      'hooklog_duplicates_total',
      'Copies of an entry, by what showed it: key, event-id, body (within the window), receipt (another node had taken it)',
      measures.log.duplicates,
    ),
    counted(
      'hooklog_overload_refusals_total',
      'Clients refused before their body was read, by what there was too much of: requests, share (of one address), delay, compaction',
      overload.refusals,
    ),
    spreads(
      'hooklog_webhook_phase_seconds',
      'Time that webhooks took to be read, to identify (sender and content), to commit here and, where asked for, to replicate',
      'phase',
      { read, identify, commit, replicate },
    ),
    spread('hooklog_fsync_seconds', 'Time of the fsyncs of the log, one for each batch', measures.log.fsyncs),
    spread('hooklog_batch_entries', 'Entries and other changes in one batch', measures.log.batchEntries),
    spread('hooklog_batch_bytes', 'Bytes of entries in one batch', measures.log.batchBytes),
    gauge(
      'hooklog_requests_in_flight',
      'Webhooks, and streams of them, that are read or stored now',
      () => overload.requestsInFlight,
    ),
    gauge(
      'hooklog_requests_in_flight_max',
      'With so many of them further clients are refused',
      () => overload.limits.requestsInFlightMax,
    ),
    gauge(
      'hooklog_body_bytes_in_flight',
      'Bytes of bodies that are held in memory now',
      () => bodies.bytesInFlight,
    ),
    gauge(
      'hooklog_body_bytes_in_flight_max',
      'With so many of them further clients are refused',
      () => bodyBytesInFlightMax,
    ),
    spread(
      'hooklog_event_loop_delay_seconds',
      'The longest that the node came late to anything, in each quarter of a second',
      overload.loopDelays,
    ),
    ...(['log', 'index'] as const).map((database) =>
      gauges(
        `hooklog_leveldb_${database}_files`,
        `Files of the ${database} in each level of LevelDB; those of level 0 wait for their first compaction`,
        'level',
        () => (levelFiles?.()[database] ?? []).map((files, level) => [String(level), files] as const),
        (files) => files,
      ),
    ),
  ];
}
