/** For a container: exit code 0 while the node in it takes webhooks, else 1 and a line that says why not. */
import http from 'node:http';
import https from 'node:https';
import { json } from 'node:stream/consumers';

const { PORT, TLS_CERT } = process.env;
const [scheme, client] = TLS_CERT ? ['https', https] : ['http', http];
const url = `${scheme}://127.0.0.1:${PORT || 8080}/readyz`;

/** It asks the machine that it is on, whose certificate has another name. */
function ask() {
  const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(4000) };
  return new Promise((resolve, reject) => {
    client.get(url, options, resolve).on('error', reject);
  });
}

try {
  const answer = await ask();
  const { reasons } = await json(answer);
  const isReady = answer.statusCode === 200;
  if (!isReady) console.log(reasons.map(({ code, detail }) => `${code}: ${detail}`).join(' '));
  process.exitCode = isReady ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.message}`);
  process.exitCode = 1;
}
