import { QUERY_KEY } from "@latchkey/client/query";
import { LatchkeyProvider } from "@latchkey/client/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import { client } from "./client.js";

const queryClient = new QueryClient();
// One user's data must not be shown to the next.
client.onAuthStateChange(({ type }) => {
  // Resets what is shown at the moment too, which is then fetched for the new user.
  if (type === "SIGNED_IN") void queryClient.resetQueries({ queryKey: QUERY_KEY });
  if (type === "SIGNED_OUT") queryClient.removeQueries({ queryKey: QUERY_KEY });
});

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element for the app");
createRoot(root).render(
  <StrictMode>
    <LatchkeyProvider client={client}>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </LatchkeyProvider>
  </StrictMode>,
);
