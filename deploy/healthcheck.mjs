/** For a container: exit code 0 while the node in it takes webhooks, else 1 and a line that says why not. */
const url = `http://127.0.0.1:${process.env.PORT ?? 8080}/readyz`;
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  const { reasons } = await answer.json();
  if (!answer.ok) console.log(reasons.map(({ code, detail }) => `${code}: ${detail}`).join(' '));
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
