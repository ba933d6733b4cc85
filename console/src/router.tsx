/** Which address shows which page. Each page is a file of its own that is fetched when it is first opened. */

import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { meQuery } from "./api/session";
import { Frame } from "./frame/Frame";
import { Failure, Missing } from "./frame/Missing";
import { Loading } from "./ui/Feedback";

interface Context {
  queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({
  loader: ({ context }) => context.queries.query({ ...meQuery, staleTime: "static" }),
  component: Frame,
  notFoundComponent: Missing,
});

type Search = Record<string, string | number | undefined>;

/** What stands behind the `?`: plain words and numbers, whatever was typed there. */
export function readSearch(search: Record<string, unknown>): Search {
  const plain = Object.entries(search).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === "string" || typeof entry[1] === "number",
  );
  return Object.fromEntries(plain);
}

function page<Path extends string>(path: Path, load: () => Promise<{ Page: React.ComponentType }>) {
  return createRoute({
    getParentRoute: () => rootRoute,
    path,
    validateSearch: readSearch,
    component: lazyRouteComponent(load, "Page"),
  });
}

const routes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/overview", replace: true });
    },
  }),
  page("/overview", () => import("./pages/overview/Overview")),
  page("/exchanges", () => import("./pages/exchanges/Exchanges")),
  page("/exchanges/$id", () => import("./pages/exchanges/Exchange")),
  page("/playground", () => import("./pages/playground/Playground")),
  page("/providers", () => import("./pages/providers/Providers")),
  page("/routes", () => import("./pages/routes/Routes")),
  page("/keys", () => import("./pages/keys/Keys")),
  page("/local-models", () => import("./pages/local/LocalModels")),
  page("/usage", () => import("./pages/usage/Usage")),
  page("/settings", () => import("./pages/settings/Settings")),
  page("/audit", () => import("./pages/audit/Audit")),
] as const;

export function buildRouter(queries: QueryClient) {
  return createRouter({
    routeTree: rootRoute.addChildren(routes),
    basepath: "/console",
    context: { queries },
    defaultPreload: "intent",
    defaultPendingComponent: Loading,
    defaultErrorComponent: Failure,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof buildRouter>;
  }
}
