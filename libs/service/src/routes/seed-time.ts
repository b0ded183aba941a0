/** `2023-10-14 15:27:10.277000`: how the older write-concern service prints the time of a message. UTC. */
export function printMicroseconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}000`;
}

/** `2023-10-14 15:27:10`: how it prints the times of its secondaries. UTC. */
export function printSeconds(ms: number): string {
  return printMicroseconds(ms).slice(0, 'YYYY-MM-DD hh:mm:ss'.length);
}
