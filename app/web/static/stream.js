// Asks the server and hands on each part of the answer as it arrives: red flags first, then the reply.

export class Refused extends Error {}

export async function ask(turns, examined, onPart) {
  const response = await fetch("/page/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ turns, examined }),
  });
  if (!response.ok) throw new Refused(await reason(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    for (const line of lines) if (line) take(JSON.parse(line), onPart);
    if (done) return;
  }
}

function take(part, onPart) {
  if (part.part === "error") throw new Refused(part.error);
  onPart(part);
}

async function reason(response) {
  try {
    return (await response.json()).error ?? `The server answered ${response.status}.`;
  } catch {
    return `The server answered ${response.status}.`;
  }
}
