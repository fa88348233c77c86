// Stands below the follower of docs/guide/checking-tokens.md, and asks it what a test wants to know, line by line.
import { createInterface } from 'node:readline';

let check, rename;
const straight = globalThis.fetch;

// A later issuer, which tells something that this follower does not know.
globalThis.fetch = async (...request) => {
  const answer = await straight(...request);
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
  const later = new TransformStream({
    transform(piece, out) {
      const text = new TextDecoder().decode(piece);
      out.enqueue(new TextEncoder().encode(rename ? text.replaceAll(rename, 'tenant-closed') : text));
    },
  });
  return new Response(answer.body.pipeThrough(later), answer);
};

async function answer(question) {
  if (question.begin) check = follow(question.begin);
  if ('rename' in question) rename = question.rename;
  if (!question.token) return {};
  try {
    return { good: await check(question.token) };
  } catch (error) {
    return error instanceof CannotTell ? { unavailable: error.message } : { refused: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
