import type { Output } from "./output.js";

/** Shows a person how to begin. What is redirected is a log and contains only its lines. */
export function greet(port: number, { lines, isWatched }: Output): void {
  if (isWatched) lines.write(welcome(port));
}

function welcome(port: number): string {
  const base = `http://localhost:${port}`;
  return `
  Latchkey is running.

    REST     ${base}/api
    tRPC     ${base}/trpc
    docs     ${base}/docs

  Try it:

    curl -X POST ${base}/api/auth/register \\
      -H "Content-Type: application/json" \\
      -d '{"username":"testuser","email":"test@example.com","password":"password123"}'

`;
}
