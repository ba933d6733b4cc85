/** The pages in the order in which they are offered, each with its sign. */

import type { ReactNode } from "react";

interface Place {
  to:
    | "/overview"
    | "/exchanges"
    | "/playground"
    | "/providers"
    | "/routes"
    | "/keys"
    | "/local-models"
    | "/usage"
    | "/settings"
    | "/audit";
  label: string;
  sign: ReactNode;
}

interface Group {
  label: string;
  places: readonly Place[];
}

const sign = (d: string) => (
  <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
    <path d={d} />
  </svg>
);

export const GROUPS: readonly Group[] = [
  {
    label: "See",
    places: [
      { to: "/overview", label: "Overview", sign: sign("M3 17V9M8 17V4M13 17v-6M17.5 17V7") },
      { to: "/exchanges", label: "Exchanges", sign: sign("M3 5h14M3 10h9M3 15h12") },
      { to: "/usage", label: "Usage", sign: sign("M10 3v7l5 4M10 17a7 7 0 1 1 0-14 7 7 0 0 1 0 14z") },
    ],
  },
  {
    label: "Try",
    places: [
      { to: "/playground", label: "Playground", sign: sign("M4 4h12v9H9l-4 3v-3H4z") },
      { to: "/local-models", label: "Local models", sign: sign("M5 5h10v10H5zM8 2v3M12 2v3M8 15v3M12 15v3M2 8h3M2 12h3M15 8h3M15 12h3") },
    ],
  },
  {
    label: "Steer",
    places: [
      { to: "/providers", label: "Providers", sign: sign("M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.01M7 13.5h.01") },
      { to: "/routes", label: "Routes", sign: sign("M3 10h5c3 0 2-5 5-5h4M8 10c3 0 2 5 5 5h4M15 3l2 2-2 2M15 13l2 2-2 2") },
      { to: "/keys", label: "Keys and teams", sign: sign("M13 11a4 4 0 1 0-4-4 4 4 0 0 0 4 4zM10.2 9.8l-6.7 6.7M6 14l2 2") },
    ],
  },
  {
    label: "House",
    places: [
      { to: "/settings", label: "Settings", sign: sign("M3 6h8M15 6h2M11 4v4M3 14h2M9 14h8M9 12v4") },
      { to: "/audit", label: "Audit log", sign: sign("M5 3h7l3 3v11H5zM8 9h4M8 12h4") },
    ],
  },
];
