import "./theme.css";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { ApiError } from "./api/errors";
import { meQuery } from "./api/session";
import { buildRouter } from "./router";
import { watchSystemTheme } from "./theme";

const MAX_TRIES = 2;

/** A session that has ended shows at whatever is asked first; from then on there is nothing but the sign-in page. */
const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) queries.setQueryData(meQuery.queryKey, null);
    },
  }),
  defaultOptions: {
    queries: {
      retry: (tries, error) => tries < MAX_TRIES && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      staleTime: 5000,
      refetchOnWindowFocus: true,
    },
  },
});

watchSystemTheme();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={buildRouter(queries)} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
