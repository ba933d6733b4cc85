// Reads one question a line, asks it through the named SDK, writes one answer a line: {heard} or {error}.
// One process serves a whole test module, because to start Node and load an SDK costs more than all of its questions.

const opened = new Map();

async function open(name, url) {
  const key = `${name} ${url}`;
  if (!opened.has(key)) {
    const sdk = await import(`./${name}.mjs`);
    opened.set(key, { sdk, client: sdk.open(url) });
  }
  return opened.get(key);
}

function describe(error) {
  const { name, message, status, statusCode, type, isRetryable, modelId } = error;
  return { name, message, status: status ?? statusCode, type, isRetryable, modelId };
}

// Not by node:readline: it ends a line at U+2028 too, which JSON may hold as it is.
async function* readLines(input) {
  let held = "";
  for await (const piece of input.setEncoding("utf8")) {
    const lines = (held + piece).split("\n");
    held = lines.pop();
    yield* lines;
  }
}

for await (const line of readLines(process.stdin)) {
  const question = JSON.parse(line);
  let answer;
  try {
    const { sdk, client } = await open(question.client, question.url);
    answer = { heard: await sdk[question.way](client, question) };
  } catch (error) {
    answer = { error: describe(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
