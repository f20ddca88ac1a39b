// What users write with React and TanStack Query.
import { createClient } from "@latchkey/client";
import { createQueries } from "@latchkey/client/query";
import { LatchkeyProvider, SignedIn, useSession, useUser } from "@latchkey/client/react";
import { QueryClient, QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import { createElement, type ReactElement } from "react";
import { renderToString } from "react-dom/server";

/** Signs up and renders a page as a server would; resolves to the page. */
export async function renderAt(url: string): Promise<string> {
  const client = createClient({ url, storage: "memory" });
  const queries = createQueries(client);

  function Page(): ReactElement {
    const me = useQuery(queries.users.me.queryOptions());
    const logout = useMutation(queries.users.logout.mutationOptions());
    const words = [useSession().status, useUser()?.username, me.data?.email, logout.isIdle ? "idle" : "busy"];
    return createElement("p", null, words.join(" "));
  }

  const account = { username: "ada", email: "ada@example.com", password: "correct horse battery" };
  const { data: user, error } = await client.signUp(account);
  if (error !== null) throw error;
  const queryClient = new QueryClient();
  await queryClient.prefetchQuery(queries.users.me.queryOptions());
  const page = createElement(SignedIn, null, createElement(Page));
  const html = renderToString(
    createElement(
      QueryClientProvider,
      { client: queryClient },
      createElement(LatchkeyProvider, { client, initialState: { status: "signed-in", user } }, page),
    ),
  );
  queryClient.clear();
  client.dispose();
  return html;
}
