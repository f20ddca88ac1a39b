import { LatchkeyProvider } from "@latchkey/client/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import { client } from "./client.js";

const queryClient = new QueryClient();
// What one user has seen is not for the next one.
client.onAuthStateChange(({ type }) => {
  if (type === "SIGNED_IN" || type === "SIGNED_OUT") queryClient.clear();
});

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <LatchkeyProvider client={client}>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </LatchkeyProvider>
  </StrictMode>,
);
