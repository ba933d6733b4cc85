/** Which address shows which page. Each page is a file of its own that is fetched when it is first opened. */

import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { meQuery } from "./api/session";
import { dropEmpty, readWords } from "./frame/address";
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

type Search = Record<string, string | undefined>;

/** What stands behind the `?`: words, whatever was typed there. */
export function readSearch(search: Record<string, unknown>): Record<string, string> {
  return dropEmpty(readWords(search));
}

function page<Path extends string>(path: Path, load: () => Promise<{ Page: React.ComponentType }>) {
  return createRoute({
    getParentRoute: () => rootRoute,
    path,
    validateSearch: (search: Record<string, unknown>): Search => readSearch(search),
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
    // Plain words as in every other address, not JSON: what somebody types stays what it is.
    parseSearch: (question) => Object.fromEntries(new URLSearchParams(question)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(readSearch(search)).toString();
      return text ? `?${text}` : "";
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof buildRouter>;
  }
}
